"""Sessions whose threads are in Postgres: kept, resumed, forked, owned and taken back."""

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command

from graph.episode import build_graph
from graph.threads import NOBODY, open_threads, owner_of, threads_file
from nodes import Context
from tests.graph.conftest import Stage
from tests.servers.postgres import PostgresServer

PAGE = Path(__file__).resolve().parents[3] / "docs" / "scaling.md"
ROUNDS = Context(max_rounds=3, learn=False)
PERSON = Context(human=True, learn=False)


@pytest.fixture(autouse=True)
def threads(address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's settings."""
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    monkeypatch.setenv("BILLP_THREADS", address)


def on(thread: str, **metadata: str) -> Any:
    return {"configurable": {"thread_id": thread}, "metadata": metadata}


async def play(stage: Stage, config: Any, given: Any = None, context: Context = ROUNDS) -> Any:
    """The state after a call, which opens the database as another process does."""
    async with open_threads() as saver:
        graph = build_graph(stage.load, saver)
        return await graph.ainvoke(given or {"user": 3}, config, context=context)


async def state_of(stage: Stage, config: Any) -> Any:
    async with open_threads() as saver:
        return await build_graph(stage.load, saver).aget_state(config)


async def test_a_thread_is_found_again_and_nothing_lies_in_a_file(stage: Stage) -> None:
    played = await play(stage, on("one"))
    found = (await state_of(stage, on("one"))).values
    assert played["steps"]
    assert found["steps"] == played["steps"]
    assert found["verdicts"] == played["verdicts"]
    assert found["ending"] == played["ending"]
    assert not threads_file().exists()


async def test_postgres_and_sqlite_keep_the_same_session(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"user": 3, "episode": "one", "at": 1}
    await play(stage, on("one"), given)
    in_postgres = await state_of(stage, on("one"))
    monkeypatch.delenv("BILLP_THREADS")
    await play(stage, on("one"), given)
    assert threads_file().exists()
    in_file = await state_of(stage, on("one"))
    assert in_file.values == in_postgres.values
    assert len(in_postgres.values["steps"]) > 1


async def test_a_person_goes_on_in_another_process(stage: Stage) -> None:
    await play(stage, on("one"), context=PERSON)
    asked = [
        (await play(stage, on("one"), Command(resume=rating), PERSON))["__interrupt__"][0].value
        for rating in (4, 2)
    ]
    assert [question["round"] for question in asked] == [2, 3]
    ended = await play(stage, on("one"), Command(resume="end"), PERSON)
    assert [step["reward"] for step in ended["steps"]] == [4.0, 2.0]
    assert ended["ending"]["rounds"] == 2


async def test_a_session_is_forked_from_an_earlier_round(stage: Stage) -> None:
    await play(stage, on("one"))
    async with open_threads() as saver:
        graph = build_graph(stage.load, saver)
        states = [state async for state in graph.aget_state_history(on("one"))]
        fork = next(s for s in states if s.next == ("actor",) and len(s.values["steps"]) == 1)
        again = await graph.ainvoke(None, fork.config, context=ROUNDS)
        assert again["steps"][0] == fork.values["steps"][0]
        assert again["ending"]["rounds"] == len(again["steps"])
        assert (await graph.aget_state(on("one"))).values["steps"] == again["steps"]


async def test_two_servers_that_start_at_once_make_the_tables_once(
    postgres: PostgresServer, database: str
) -> None:
    async def begin() -> None:
        async with open_threads():
            pass

    await asyncio.gather(*(begin() for _ in range(6)))
    versions = postgres.query(
        database, "SELECT count(*), count(DISTINCT v) FROM checkpoint_migrations"
    )
    count, distinct = versions[0].split("|")
    assert count == distinct != "0"
    valid = "SELECT indisvalid FROM pg_index WHERE indexrelid = 'billp_run_id'::regclass"
    assert postgres.query(database, valid) == ["t"]


async def test_sessions_side_by_side_do_not_meet(stage: Stage) -> None:
    async with open_threads() as saver:
        graph = build_graph(stage.load, saver)
        users = range(12)
        played = await asyncio.gather(
            *(graph.ainvoke({"user": user}, on(str(user)), context=ROUNDS) for user in users)
        )
    for user, state in zip(users, played, strict=True):
        assert (await state_of(stage, on(str(user)))).values["steps"] == state["steps"]


async def test_a_thread_knows_the_client_whose_it_is(stage: Stage) -> None:
    async with open_threads():
        assert await owner_of("one") is None
    await play(stage, on("one", owner="alice"))
    await play(stage, on("two"))
    assert await owner_of("one") == "alice"
    assert await owner_of("two") == NOBODY
    assert await owner_of("three") is None


async def test_what_a_cancelled_run_wrote_is_taken_back_and_nothing_else(
    stage: Stage, postgres: PostgresServer, database: str
) -> None:
    await play(stage, on("one", run_id="kept"))
    before = (await state_of(stage, on("one"))).values
    await play(stage, on("one", run_id="cancelled"))
    await play(stage, on("two", run_id="other"))
    async with open_threads() as saver:
        await saver.adelete_for_runs(["cancelled"])
        runs = {found.metadata["run_id"] async for found in saver.alist(on("one"))}
    assert runs == {"kept"}
    assert (await state_of(stage, on("one"))).values == before
    assert (await state_of(stage, on("two"))).values["ending"]
    lost = """SELECT count(*) FROM checkpoint_writes w LEFT JOIN checkpoints c
        USING (thread_id, checkpoint_ns, checkpoint_id) WHERE c.thread_id IS NULL"""
    assert postgres.query(database, lost) == ["0"]


async def test_a_deleted_thread_is_gone_and_no_other(
    stage: Stage, postgres: PostgresServer, database: str
) -> None:
    for thread in ("one", "two"):
        await play(stage, on(thread))
    async with open_threads() as saver:
        await saver.adelete_thread("one")
    for table in ("checkpoints", "checkpoint_blobs", "checkpoint_writes"):
        assert postgres.query(database, f"SELECT DISTINCT thread_id FROM {table}") == ["two"]


async def test_text_that_postgres_cannot_hold_ends_no_session(stage: Stage) -> None:
    given = {"user": "anna", "episode": "one", "viewed": ["a\x00b", "c\ud800d", "\U0001f600"]}
    state = await play(stage, on("one"), given, PERSON)
    asked = state["__interrupt__"][0].value
    assert (await state_of(stage, on("one"))).tasks[0].interrupts[0].value == asked


@pytest.mark.usefixtures("threads")
def test_the_example_of_the_docs_runs_as_printed(
    postgres: PostgresServer, database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (example,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    exec(compile(example, "docs/scaling.md", "exec"), {"__name__": "__main__"})
    assert int(capsys.readouterr().out) >= 1
    kept = postgres.query(database, "SELECT DISTINCT thread_id FROM checkpoints")
    assert kept == ["anna"]
