"""The server's threads in SQLite: they outlive it, know their owner, and can be taken back."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from graph.episode import build_graph
from graph.threads import NOBODY, open_threads, owner_of, threads_file
from nodes import Context
from tests.graph.conftest import Stage


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))


def on(thread: str, **metadata: str) -> Any:
    """The config of a run as the server makes it."""
    return {"configurable": {"thread_id": thread}, "metadata": metadata}


async def play(stage: Stage, config: Any) -> None:
    async with open_threads() as saver:
        graph = build_graph(stage.load, saver)
        await graph.ainvoke({"user": 3}, config, context=Context(max_rounds=2))


async def ending(stage: Stage, thread: str) -> Any:
    async with open_threads() as saver:
        graph = build_graph(stage.load, saver)
        return (await graph.aget_state(on(thread))).values.get("ending")


async def test_a_thread_is_found_again_by_another_process(stage: Stage) -> None:
    await play(stage, on("one"))
    assert threads_file().is_file()
    assert (await ending(stage, "one"))["rounds"] >= 1


async def test_a_thread_knows_the_client_whose_it_is(stage: Stage) -> None:
    assert await owner_of("one") is None
    await play(stage, on("one", owner="alice"))
    await play(stage, on("two"))
    assert await owner_of("one") == "alice"
    assert await owner_of("two") == NOBODY
    assert await owner_of("three") is None


async def test_nobody_owns_anything_in_an_empty_file() -> None:
    threads_file().parent.mkdir(parents=True)
    threads_file().touch()
    assert await owner_of("one") is None


async def test_a_file_that_cannot_be_read_does_not_say_that_nothing_is_kept() -> None:
    threads_file().parent.mkdir(parents=True)
    threads_file().write_bytes(b"not a database, yet long enough to be taken for one" * 100)
    with pytest.raises(sqlite3.DatabaseError):
        await owner_of("one")


async def test_what_a_cancelled_run_wrote_is_taken_back_and_nothing_else(stage: Stage) -> None:
    await play(stage, on("one", run_id="kept"))
    before = await ending(stage, "one")
    await play(stage, on("one", run_id="cancelled"))
    await play(stage, on("two", run_id="other"))
    async with open_threads() as saver:
        await saver.adelete_for_runs(["cancelled"])
        runs = {found.metadata["run_id"] async for found in saver.alist(on("one"))}
    assert runs == {"kept"}
    assert await ending(stage, "one") == before
    assert await ending(stage, "two")
