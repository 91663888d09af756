"""The memories as a store, and what clients withdraw from them."""

import asyncio
import importlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from langgraph_sdk import Auth
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.testclient import TestClient

from graph import load
from graph.clients import tokens_from
from graph.open_memories import OpenMemories
from graph.shelf.access import read_own
from graph.shelf.places import places
from graph.shelf.store import MemoryShelf
from graph.shelf.withdrawal import ADDRESS, memory_routes
from stores import Lessons, MemoryFolder, SentenceEmbedder, StoreError, experience, reflection
from stores.commit_record import RECORD

ALICE, BOB = "alices-token-0123456789", "bobs-token-9876543210"
LIVE = 1_790_000_000_000_000  # a stamp of a clock
ARM = ("demo", "default", "billp")
MINE = ("alice", *ARM)


def lessons(
    episode: str, user: int | str, text: str, at: int, used: tuple[str, ...] = ()
) -> Lessons:
    taught = reflection(text, episode=episode, at=at, length=4, reward=9.0, note=f"so {user} said")
    tried = experience(f"state of {episode}", "Hades", verdict=1, at=at)
    rows = {"reflections": (taught,), "experiences": (tried,)}
    return Lessons(episode, at, rows, {"reflections": used}, 9.0, user)  # type: ignore[arg-type]


def fill(folder: Path, embedder: SentenceEmbedder, name: str) -> None:
    first = lessons(f"{name}/1", 3, f"{name} rests genres", LIVE)
    (taught,) = first.rows["reflections"]
    with closing(MemoryFolder(folder, embedder)) as memories:
        memories.commit(first)
        memories.commit(
            lessons(f"{name}/2", "Ann", f"{name} plays puzzles", LIVE + 1000, (taught.id,))
        )


@pytest.fixture
def kept(
    tmp_path: Path, embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """Memories of Alice, of Bob and of nobody; no memory stays open after a test."""
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    opened = OpenMemories(4)
    monkeypatch.setattr(load, "_memories", opened)
    for name in ("alice.default", "bob.default", "v1"):
        fill(tmp_path / "memory" / "demo" / name / "billp", embedder, name.partition(".")[0])
    yield tmp_path / "memory" / "demo"
    for memories in opened._open.values():
        memories.close()


@pytest.fixture
def http(kept: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
    auth = importlib.import_module("graph.auth")
    tokens = tokens_from({"BILLP_TOKENS": f"alice:{ALICE},bob:{BOB}"})
    protection = Middleware(auth.TokenMiddleware, tokens=tokens)
    app = Starlette(routes=memory_routes(), middleware=[protection])
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 5000)) as client:
        yield client


def forget(http: TestClient, token: str, namespace: Any, **source: Any) -> Any:
    body = {"namespace": namespace, **source}
    return http.post(ADDRESS, json=body, headers={"x-api-key": token})


def asked(action: str, client: str, *namespace: str) -> tuple[str, ...]:
    """The namespace that a client's request is answered for."""
    ctx = SimpleNamespace(user=SimpleNamespace(identity=client), resource="store", action=action)
    value: dict[str, Any] = {"namespace": namespace}
    asyncio.run(read_own(ctx, value))  # type: ignore[arg-type]
    return tuple(value["namespace"])


def texts(namespace: tuple[str, ...], **search: Any) -> list[str]:
    found = MemoryShelf().search(namespace, **{"limit": 20, **search})
    return [one.value["text"] for one in found]


def test_an_item_tells_what_people_ask_of_a_row(kept: Path) -> None:
    found = MemoryShelf().search((*MINE, "reflections"))
    first, second = sorted(found, key=lambda one: one.created_at)
    assert first.value["text"] == "alice rests genres"
    assert first.value["sources"] == [{"user": "3", "episode": "alice/1"}]
    assert (first.value["uses"], first.value["utility"]) == (1, 0.0)  # all sessions were alike
    assert first.value["note"] == "so 3 said"
    assert second.value["users"] == ["Ann"]
    assert second.created_at.timestamp() == (LIVE + 1000) / 1_000_000
    got = MemoryShelf().get(first.namespace, first.key)
    assert got is not None
    assert got.value == first.value


def test_items_are_found_by_words_and_by_what_they_tell(kept: Path) -> None:
    assert texts(MINE, query="PUZZLES plays") == ["alice plays puzzles"]
    assert texts(MINE, query="no such words") == []
    assert texts((*MINE, "reflections"), filter={"users": 3}) == ["alice rests genres"]
    assert texts(MINE, filter={"uses": {"$gte": 1}}) == ["alice rests genres"]
    assert texts(MINE, filter={"uses": {"$regex": ".*"}}) == []
    assert len(texts(())) == 12
    assert texts((), limit=2, offset=1) == texts(())[1:3]
    assert texts((), limit=-1) == []


def test_namespaces_are_listed_with_labels_that_a_store_allows(kept: Path) -> None:
    (kept / "v1").rename(kept / "V1.0 of%us")
    shelf = MemoryShelf()
    assert shelf.list_namespaces(max_depth=1) == [("alice",), ("bob",), ("local",)]
    (named,) = shelf.list_namespaces(prefix=("local",), max_depth=4)
    assert named == ("local", "demo", "V1%2E0 of%25us", "billp")
    assert len(texts(named)) == 4
    assert len(shelf.list_namespaces(suffix=("*", "values"))) == 3


def test_a_client_reads_its_own_memories_alone(kept: Path) -> None:
    assert asked("search", "alice") == ("alice",)
    assert asked("search", "alice", *MINE) == MINE
    assert asked("list_namespaces", "alice", "*", "demo") == ("alice", "demo")
    assert asked("get", "local", "bob", "demo") == ("bob", "demo")
    assert [place.memory for place in places("alice")] == ["default"]
    for action in ("get", "search", "list_namespaces"):
        with pytest.raises(Auth.exceptions.HTTPException) as refused:
            asked(action, "alice", "bob", *ARM)
        assert refused.value.status_code == 403


@pytest.mark.parametrize("client", ["alice", "local"])
@pytest.mark.parametrize("action", ["put", "delete"])
def test_nobody_writes(action: str, client: str) -> None:
    with pytest.raises(Auth.exceptions.HTTPException) as refused:
        asked(action, client, client, *ARM)
    assert refused.value.status_code == 403
    with pytest.raises(StoreError, match="nothing is written there"):
        MemoryShelf().put(MINE, "key", {"text": "planted"})


def test_a_memory_that_is_held_is_read_all_the_same(kept: Path, embedder: SentenceEmbedder) -> None:
    with closing(MemoryFolder(kept / "bob.default" / "billp", embedder)) as memories:
        assert len(texts(("bob",))) == 4
        memories.commit(lessons("bob/3", 4, "bob likes novelty", LIVE + 2000))
        assert "bob likes novelty" in texts(("bob",))


def test_a_damaged_memory_hides_no_other(kept: Path) -> None:
    (kept / "alice.default" / "billp" / "journal.jsonl").write_text("no journal\n")
    (kept / "alice.default" / "billp" / RECORD).unlink(missing_ok=True)
    assert "bob plays puzzles" in texts(())


def test_a_client_withdraws_what_a_user_taught(http: TestClient) -> None:
    reply = forget(http, ALICE, MINE, user="Ann")
    assert (reply.status_code, reply.json()) == (200, {"facts": 3, "episodes": 1, "rows": 2})
    assert texts((*MINE, "reflections")) == ["alice rests genres"]
    assert forget(http, ALICE, MINE, episode="alice/1").json()["rows"] == 2
    assert texts(MINE) == []
    assert len(texts(("bob",))) == 4


def test_nobody_withdraws_from_the_memories_of_another(http: TestClient) -> None:
    assert forget(http, BOB, MINE, user="Ann").status_code == 404
    assert forget(http, BOB, ["local", "demo", "v1", "billp"], user="Ann").status_code == 404
    assert (
        forget(http, BOB, ["bob", "demo", "../alice%2Edefault", "billp"], user="3").status_code
        == 404
    )
    assert forget(http, "wrong-token-0123456789", MINE, user="Ann").status_code == 401
    assert len(texts(())) == 12


def test_what_another_process_holds_is_left_alone(
    http: TestClient, kept: Path, embedder: SentenceEmbedder
) -> None:
    with closing(MemoryFolder(kept / "alice.default" / "billp", embedder)):
        reply = forget(http, ALICE, MINE, user="Ann")
    assert reply.status_code == 409
    assert "Another process has this memory open" in reply.json()["detail"]
    assert str(kept) not in reply.text
    assert len(texts(MINE)) == 4


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"namespace": MINE},
        {"namespace": MINE, "user": "Ann", "episode": "alice/1"},
        {"namespace": MINE, "user": ""},
        {"namespace": MINE, "user": 3},
        {"namespace": MINE, "run": "alice"},
        {"namespace": MINE[:3], "user": "Ann"},
        {"namespace": [*MINE[:3], ["billp"]], "user": "Ann"},
        ["namespace"],
    ],
)
def test_a_malformed_wish_is_told_what_to_send(body: Any, http: TestClient) -> None:
    reply = http.post(ADDRESS, json=body, headers={"x-api-key": ALICE})
    assert reply.status_code == 422
    assert "one `user` or `episode`" in reply.json()["detail"]
