"""The server as applications use it: live users, kills and restarts, cancelled runs, streams."""

import json
import pickle
import re
import shlex
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.models.conftest import TinyServer
from tests.system.dev_server import DevServer, dev_server
from tests.system.processes import ROOT

pytestmark = pytest.mark.system

LIVE: Any = {"human": True, "memory": "live"}
CONTEXT: Any = {"memory": "serve-test", "max_rounds": 6}
TUTORIAL = (ROOT / "docs" / "tutorials" / "serve.md").read_text(encoding="utf-8")
NEXT, RATE, END = re.findall(r"^\$ python examples/serve_client\.py (.*)$", TUTORIAL, re.MULTILINE)
ORPHANS = 500


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    """A server whose predecessor was killed with many runs, whose threads are gone."""
    folder = tmp_path_factory.mktemp("serve")
    leave_orphans(folder / ".langgraph_api")
    with dev_server(folder, OPENAI_API_KEY="none") as server:
        yield server


def leave_orphans(store: Path) -> None:
    """Leaves the lists of the development server as a kill may leave them."""
    began = datetime.now(UTC)
    runs = [
        dict.fromkeys(("created_at", "updated_at"), began)
        | {name: uuid.uuid4() for name in ("run_id", "thread_id", "assistant_id")}
        | {"status": "pending", "metadata": {}, "kwargs": {}, "multitask_strategy": "enqueue"}
        for _ in range(ORPHANS)
    ]
    store.mkdir()
    lists = {"runs": runs, "threads": [], "assistants": [], "assistant_versions": [], "crons": []}
    (store / ".langgraph_ops.pckl").write_bytes(pickle.dumps(lists))
    (store / ".langgraph_retry_counter.pckl").write_bytes(pickle.dumps({}))


@pytest.fixture
def client(server: DevServer) -> LangGraphClient:
    return get_client(url=server.address)


def shop(server: DevServer, *words: str) -> Any:
    """What the worked example prints."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "examples" / "serve_client.py"), *words,
         "--server", server.address],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def restart(server: DevServer) -> None:
    server.kill()
    server.start()


def test_a_live_session_outlives_kills_and_the_next_one_knows_what_was_shown(
    server: DevServer,
) -> None:
    first = shop(server, *shlex.split(NEXT))
    second = shop(server, *shlex.split(RATE))
    assert second["shown"] == [{"item": first["item"], "rating": 4.0}]
    restart(server)  # at once: the server writes down its runs every ten seconds only
    again = shop(server, "next", "anna")
    assert (again["question"], again["item"]) == (second["question"], second["item"])
    third = shop(server, "rate", "anna", "2")
    restart(server)
    ending = shop(server, *shlex.split(END))
    assert (ending["rounds"], ending["total_reward"]) == (2, 6.0)
    journals = list(server.home.rglob("journal.jsonl"))
    assert len(journals) == 1
    later = shop(server, "next", "anna")
    assert later["viewed"] == ["Ember Garden", first["item"], second["item"]]
    assert later["round"] == 1
    assert third["round"] == 3


async def test_runs_whose_threads_are_gone_keep_no_other_run_waiting(
    server: DevServer, client: LangGraphClient
) -> None:
    state: Any = await client.runs.wait(None, "billp", input={"user": 3}, context=CONTEXT)
    assert state["ending"]
    told = f"dropped {ORPHANS} pending runs whose threads are gone"
    assert told in server.log.read_text(errors="replace")


def test_users_of_one_application_do_not_meet(server: DevServer) -> None:
    asked = [shop(server, "next", user) for user in ("bert", "cleo")]
    rated = shop(server, "rate", "bert", "3")
    assert rated["round"] == 2
    assert shop(server, "next", "cleo")["question"] == asked[1]["question"]


async def test_an_answer_that_is_sent_twice_counts_once(client: LangGraphClient) -> None:
    thread = (await client.threads.create())["thread_id"]
    state: Any = await client.runs.wait(thread, "billp", input={"user": "dora"}, context=LIVE)
    answer = {"rating": 5, "question": state["__interrupt__"][0]["value"]["question"]}
    both: Any = [
        await client.runs.wait(thread, "billp", command={"resume": answer}, context=LIVE)
        for _ in range(2)
    ]
    rounds = [state["__interrupt__"][0]["value"]["round"] for state in both]
    assert rounds == [2, 2]


async def test_an_answer_that_was_worked_on_when_the_server_was_killed_counts_once(
    server: DevServer,
) -> None:
    thread, client = str(uuid.uuid4()), get_client(url=server.address)
    await client.threads.create(thread_id=thread, graph_id="billp")
    state: Any = await client.runs.wait(thread, "billp", input={"user": "erik"}, context=LIVE)
    question = state["__interrupt__"][0]["value"]["question"]
    answer = {"resume": {"rating": 4, "question": question}}
    async for event in client.runs.stream(
        thread, "billp", command=answer, context=LIVE, stream_mode="updates"
    ):
        if "simulator" in (event.data or {}):  # it is recorded, and the next item is looked for
            server.kill()
            break
    server.start()
    client = get_client(url=server.address)
    await client.threads.create(thread_id=thread, if_exists="do_nothing", graph_id="billp")
    for said in (answer, {"resume": {"rating": 5, "quit": True}}):
        state = await client.runs.wait(thread, "billp", command=said, context=LIVE)
    assert [step["reward"] for step in state["steps"]] == [4.0, 5.0]
    assert state["ending"]["cause"] == "left"


async def test_a_training_that_was_killed_goes_on_where_it_was(server: DevServer) -> None:
    thread = str(uuid.uuid4())
    client = get_client(url=server.address)
    await client.threads.create(thread_id=thread)
    given = {"episodes": 12, "batch": 2, "name": "killed"}
    context = {**CONTEXT, "memory": "killed"}
    async for event in client.runs.stream(
        thread, "trainer", input=given, context=context, stream_mode="updates"
    ):
        if "commit" in (event.data or {}):
            break
    restart(server)
    client = get_client(url=server.address)
    await client.threads.create(thread_id=thread, if_exists="do_nothing", graph_id="trainer")
    state: Any = await client.runs.wait(thread, "trainer", input=None, context=context)
    assert [one["number"] for one in state["outcomes"]] == list(range(12))
    assert all(one["failure"] is None for one in state["outcomes"])
    (journal,) = (path for path in server.home.rglob("journal.jsonl") if "killed" in path.parts)
    episodes = [json.loads(line).get("episode") for line in journal.read_text().splitlines()]
    taught = [name for name in episodes if str(name).startswith("killed/")]
    assert sorted(taught) == [f"killed/{number:04d}" for number in range(12)]


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_a_cancelled_run_stops_and_its_thread_can_be_used_again(
    action: Any, client: LangGraphClient
) -> None:
    thread = (await client.threads.create())["thread_id"]
    run = await client.runs.create(
        thread, "trainer", input={"episodes": 500}, context=CONTEXT, stream_mode="updates"
    )
    async for event in client.runs.join_stream(thread, run["run_id"]):
        if "draw" in (event.data or {}):
            break
    await client.runs.cancel(thread, run["run_id"], wait=True, action=action)
    left = await client.threads.get_state(thread)
    kept = [one["run_id"] for one in await client.runs.list(thread)]
    if action == "interrupt":
        assert (await client.runs.get(thread, run["run_id"]))["status"] == "interrupted"
        assert left["next"]
    else:
        assert kept == []
        assert not left["next"]
    state: Any = await client.runs.wait(
        thread, "trainer", input={"episodes": 1, "batch": 1}, context=CONTEXT
    )
    assert len(state["outcomes"]) == 1


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Iterator[TinyServer]:
    """A chat server that streams the same few tokens to everybody."""
    with TinyServer() as tiny:
        threading.Thread(target=tiny.serve_forever, args=(0.01,), daemon=True).start()
        yield tiny
        tiny.shutdown()


@pytest.mark.parametrize(
    ("graph", "given"), [("billp", {"user": 3}), ("trainer", {"episodes": 1, "batch": 1})]
)
async def test_tokens_stream_as_they_come_each_with_its_role(
    graph: str, given: Any, client: LangGraphClient, tiny: TinyServer
) -> None:
    context = {**CONTEXT, "max_rounds": 1, "model": "openai:tiny", "base_url": tiny.address}
    thread = (await client.threads.create())["thread_id"]
    said: dict[str, list[str]] = {}
    async for event in client.runs.stream(
        thread, graph, input=given, context=context, stream_mode="messages-tuple",
        stream_subgraphs=True,
    ):  # fmt: skip
        assert event.event != "error", event.data
        if event.event.startswith("messages"):
            message, about = event.data
            said.setdefault(about["langgraph_node"], []).append(message["content"])
    assert {"planner", "actor", "critic"} <= set(said)
    assert [token for token in said["planner"] if token] == ["reco", "mmen", "d[Br", "aid]"]


async def test_updates_stream_from_inside_the_trainers_episodes(client: LangGraphClient) -> None:
    thread = (await client.threads.create())["thread_id"]
    inside = set[str]()
    async for event in client.runs.stream(
        thread, "trainer", input={"episodes": 1, "batch": 1}, context=CONTEXT,
        stream_mode="updates", stream_subgraphs=True,
    ):  # fmt: skip
        if event.event.startswith("updates|episode"):
            inside |= set(event.data)
    assert {"arrive", "planner", "critic", "actor", "simulator"} <= inside


def test_a_page_of_another_site_cannot_reach_a_server_without_tokens(server: DevServer) -> None:
    url, body = f"{server.address}/threads/search", b"{}"
    plain = {"Content-Type": "application/json"}
    with urlopen(Request(url, body, plain), timeout=30) as reply:
        assert reply.status == 200
    for named in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        with pytest.raises(HTTPError, match="401"):
            urlopen(Request(url, body, {**plain, **named}), timeout=30)


def test_a_page_of_another_site_cannot_make_the_server_forget(server: DevServer) -> None:
    url = f"{server.address}/internal/truncate"
    request = Request(url, b"", {"Origin": "https://evil.example"}, method="POST")
    with pytest.raises(HTTPError, match="401"):
        urlopen(request, timeout=30)


def test_what_users_said_lies_where_nobody_else_may_read(server: DevServer) -> None:
    server.kill()
    assert (server.home / "server" / "threads.sqlite").is_file()
    lists = server.folder / ".langgraph_api"
    kept = [lists, *server.home.iterdir(), *(server.home / "server").iterdir()]
    open_to_others = [path for path in kept if path.stat().st_mode & 0o077]
    assert open_to_others == []
