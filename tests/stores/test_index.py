"""The wrapper around Chroma: on disk, in memory and on a server."""

import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import chromadb
import numpy as np
import pytest
from chromadb import Collection
from chromadb.config import Settings
from hypothesis import given, settings
from hypothesis import strategies as st

from stores import (
    MEMORIES,
    Embedder,
    Lessons,
    Memories,
    Row,
    StoreError,
    experience,
    in_memory,
    server,
    value,
)
from stores.index import Index
from stores.opening import embedded
from tests.servers.chroma import HOST, free_port, start_server
from tests.stores.drawn_rows import rows_of


class StoppedError(Exception):
    """Stands for a kill, or a disk that is full."""


batches = st.lists(rows_of("values"), max_size=5, unique_by=lambda row: row.id)


@pytest.fixture
def index(fast: Embedder) -> Iterator[Index]:
    """An empty index in memory."""
    index = in_memory(fast.name)
    yield index
    index.close()


def put(index: Index, rows: list[Row], embedder: Embedder) -> None:
    index.put("values", rows, embedder.embed([row.text for row in rows]))


def replace(index: Index, rows: list[Row], embedder: Embedder) -> None:
    index.replace("values", rows, embedder.embed([row.text for row in rows]))


def some(count: int, word: str = "state") -> list[Row]:
    return [value(f"{word} {number}", float(number), at=number) for number in range(count)]


def test_all_rows_are_asked_for_in_blocks_that_sqlite_allows(
    index: Index, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, asked = some(25), list[int]()
    put(index, rows, fast)
    get = Collection.get

    def counted(self: Collection, *args: Any, **told: Any) -> Any:
        if told.get("include"):
            asked.append(len(told["ids"] or ()))
        return get(self, *args, **told)

    monkeypatch.setattr("stores.index.IDS_PER_QUERY", 10)
    monkeypatch.setattr(Collection, "get", counted)
    assert index.all("values") == {row.id: row for row in rows}
    assert asked == [10, 10, 5]


def by_id(rows: list[Row]) -> dict[str, Row]:
    return {row.id: row for row in rows}


@given(batch=batches)
@settings(deadline=None, max_examples=25)
def test_rows_come_back_as_they_were_put(batch: list[Row], fast: Embedder) -> None:
    index = in_memory(fast.name)
    put(index, batch, fast)
    assert index.all("values") == by_id(batch)
    index.close()


def test_a_memory_knows_nothing_of_the_others(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    assert [index.count(name) for name in MEMORIES] == [0, 0, 3]


def test_a_row_of_a_text_that_is_there_replaces_it(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    put(index, [again := value("state 1", 9.0, at=9)], fast)
    assert index.all("values") == by_id(some(3)) | {again.id: again}


def test_only_ids_that_exist_are_found(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    wanted = some(2)[1]
    assert index.get("values", [wanted.id, "0123456789abcdef"]) == {wanted.id: wanted}


def test_more_ids_can_be_asked_for_than_sqlite_has_variables(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    ids = [*by_id(some(3)), *(f"{number:016x}" for number in range(40_000))]
    assert index.get("values", ids) == by_id(some(3))


def test_vectors_come_in_the_order_asked_for(index: Index, fast: Embedder) -> None:
    batch = some(20)
    put(index, batch, fast)
    backwards = batch[::-1]
    expected = fast.embed([row.text for row in backwards])
    assert np.array_equal(index.vectors("values", [row.id for row in backwards]), expected)


def test_an_update_changes_facts_and_leaves_vectors(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    index.update("values", [again := value("state 1", 9.0, at=9)])
    (hit,) = index.search("values", fast.embed(["state 1"])[0], 1)
    assert (hit.row, hit.distance) == (again, 0.0)


def test_a_replaced_memory_holds_exactly_the_new_rows(index: Index, fast: Embedder) -> None:
    put(index, some(5), fast)
    replace(index, some(3, "other"), fast)
    assert index.all("values") == by_id(some(3, "other"))


def test_a_replaced_memory_is_searched_and_written_like_another(
    index: Index, fast: Embedder
) -> None:
    replace(index, some(3, "other"), fast)
    put(index, some(1), fast)
    hits = index.search("values", fast.embed(["state 0"])[0], 10)
    assert {hit.row.text for hit in hits} == {"state 0", "other 0", "other 1", "other 2"}


def test_indexes_in_memory_share_nothing(index: Index, fast: Embedder) -> None:
    put(index, some(3), fast)
    other = in_memory(fast.name)
    assert other.count("values") == 0
    other.close()
    assert index.count("values") == 3


def test_an_index_in_memory_that_is_closed_leaves_nothing_to_the_process(fast: Embedder) -> None:
    client = chromadb.EphemeralClient(settings=Settings(anonymized_telemetry=False))
    before = client.count_collections()
    index = in_memory(fast.name)
    put(index, some(3), fast)
    replace(index, some(2), fast)
    assert client.count_collections() > before
    index.close()
    assert client.count_collections() == before


def test_rows_on_disk_are_there_when_it_is_opened_again(tmp_path: Path, fast: Embedder) -> None:
    index = embedded(tmp_path, "demo", fast.name)
    put(index, some(3), fast)
    index.close()
    again = embedded(tmp_path, "demo", fast.name)
    assert again.all("values") == by_id(some(3))
    again.close()


def test_another_embedding_is_refused_in_one_line(tmp_path: Path, fast: Embedder) -> None:
    embedded(tmp_path, "demo", fast.name).close()
    with pytest.raises(StoreError) as refusal:
        embedded(tmp_path, "demo", "other-model")
    assert str(refusal.value) == (
        "collection 'demo.reflections' has distance 'l2' and embedding 'hash', "
        "expected 'l2' and 'other-model': use another memory"
    )


def test_another_distance_is_refused(tmp_path: Path) -> None:
    settings = Settings(anonymized_telemetry=False)
    client = chromadb.PersistentClient(str(tmp_path), settings)
    client.create_collection(
        "demo.values",
        embedding_function=None,
        configuration={"hnsw": {"space": "cosine"}},
        metadata={"embedding": "hash"},
    )
    with pytest.raises(StoreError, match="has distance 'cosine'"):
        embedded(tmp_path, "demo", "hash")


def stop(*_: object, **__: object) -> None:
    raise StoppedError


def stopped_replacement(
    folder: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    """Leaves on disk what a kill at a step of `Index.replace` would."""
    index = embedded(folder, "demo", fast.name)
    put(index, some(5), fast)
    with monkeypatch.context() as patch:
        patch.setattr(index._client if step == "delete_collection" else Collection, step, stop)
        with pytest.raises(StoppedError):
            replace(index, some(3, "new"), fast)
    index.close()


@pytest.mark.parametrize(
    ("step", "left"),
    [("upsert", some(5)), ("delete_collection", some(5)), ("modify", some(3, "new"))],
)
def test_a_replacement_stopped_at_any_step_is_undone_or_finished(
    step: str, left: list[Row], tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_replacement(tmp_path, fast, monkeypatch, step)
    index = embedded(tmp_path, "demo", fast.name)
    assert index.all("values") == by_id(left)
    index.close()


@pytest.mark.parametrize("step", ["upsert", "delete_collection", "modify"])
def test_a_memory_whose_replacement_was_stopped_can_be_replaced_again(
    step: str, tmp_path: Path, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped_replacement(tmp_path, fast, monkeypatch, step)
    index = embedded(tmp_path, "demo", fast.name)
    replace(index, some(4, "newest"), fast)
    assert index.all("values") == by_id(some(4, "newest"))
    index.close()


def test_a_replacement_that_failed_can_be_tried_again_at_once(
    index: Index, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(index, some(5), fast)
    with monkeypatch.context() as patch:
        patch.setattr(Collection, "upsert", stop)
        with pytest.raises(StoppedError):
            replace(index, some(3, "new"), fast)
    replace(index, some(4, "newest"), fast)
    assert index.all("values") == by_id(some(4, "newest"))


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The port of a real Chroma server."""
    port = free_port()
    process = start_server(tmp_path_factory.mktemp("server"), port)
    yield port
    process.terminate()
    process.wait()


def on_server(port: int, namespace: str, embedder: Embedder, capacity: int = 100) -> Memories:
    return Memories(server(HOST, port, namespace, embedder.name), embedder, capacity=capacity)


def states(count: int, at: int) -> Lessons:
    batch = tuple(experience(f"{at}.{n}", "Hades", verdict=1, at=at) for n in range(count))
    return Lessons(f"episode-{at}", at, {"experiences": batch})


def test_processes_on_a_server_share_a_namespace(port: int, fast: Embedder) -> None:
    one, other = on_server(port, "shared", fast), on_server(port, "shared", fast)
    one.commit(states(3, at=1))
    other.commit(states(4, at=2))
    assert one.rows("experiences") == other.rows("experiences")
    assert one.counts()["experiences"] == 7


def test_memories_on_a_server_are_found_by_address_and_name(port: int, fast: Embedder) -> None:
    Memories.on_server(f"{HOST}:{port}", "by-name", fast).commit(states(3, at=1))
    assert Memories.on_server(f"{HOST}:{port}", "by-name", fast).counts()["experiences"] == 3
    assert Memories.on_server(f"{HOST}:{port}", "other", fast).counts()["experiences"] == 0


def test_what_one_commits_on_a_server_the_other_finds(port: int, fast: Embedder) -> None:
    one, other = on_server(port, "found", fast), on_server(port, "found", fast)
    one.commit(states(3, at=1))
    (hit,) = other.within("experiences", "1.2", 0.01)
    assert (hit.row.text, hit.distance) == ("1.2", 0.0)


def test_namespaces_on_a_server_are_apart(port: int, fast: Embedder) -> None:
    one, other = on_server(port, "world-a.default", fast), on_server(port, "world-b.default", fast)
    one.commit(states(3, at=1))
    assert other.counts()["experiences"] == 0


def test_the_other_works_on_after_one_pruned_their_namespace(port: int, fast: Embedder) -> None:
    one = on_server(port, "pruned", fast, capacity=8)
    other = on_server(port, "pruned", fast, capacity=8)
    one.commit(states(5, at=1))
    one.commit(states(5, at=2))
    other.commit(states(1, at=3))
    assert [row.text for row in other.rows("experiences")][-1] == "3.0"
    assert one.rows("experiences") == other.rows("experiences")


def test_another_embedding_is_refused_by_a_server(port: int, fast: Embedder) -> None:
    on_server(port, "refusing", fast)
    with pytest.raises(StoreError, match="expected 'l2' and 'other-model': use another memory"):
        server(HOST, port, "refusing", "other-model")


def test_no_server_is_answered_with_the_command_that_starts_one() -> None:
    port = free_port()
    with pytest.raises(StoreError) as refusal:
        server(HOST, port, "demo", "hash")
    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"no Chroma server at {HOST}:{port} (")
    assert line.endswith(f"start one with `chroma run --host {HOST} --port {port}`")


def test_a_server_of_another_kind_is_refused_in_one_line() -> None:
    class Refusing(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.HTTPServer((HOST, 0), Refusing) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        with pytest.raises(StoreError) as refusal:
            server(HOST, other.server_port, "demo", "hash")
        other.shutdown()
    (line,) = str(refusal.value).splitlines()
    assert line.startswith(f"no Chroma server at {HOST}:{other.server_port} (")


def test_a_server_that_hangs_is_refused_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stores.opening.ANSWER_LIMIT", 0.2)
    with socket.create_server((HOST, 0)) as silent:
        port = silent.getsockname()[1]
        with pytest.raises(StoreError, match=rf"no Chroma server at {HOST}:{port} \(no answer for"):
            server(HOST, port, "demo", "hash")


def test_a_server_that_hangs_later_is_named(
    port: int, fast: Embedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    memories = on_server(port, "hanging", fast)
    stopped = threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr("stores.opening.ANSWER_LIMIT", 0.2)
        patch.setattr(Collection, "count", lambda _: stopped.wait())
        with pytest.raises(StoreError, match=rf"no answer for 0.2 s: .* {HOST}:{port} went away"):
            memories.counts()
    stopped.set()
    assert memories.counts()["values"] == 0
