"""Two hundred episodes before a server that fails in every way end as if it never did."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.episode import EpisodeGraph, build_graph
from graph.load import load_parts
from graph.trainer import build_trainer, play_inline
from graph.training import Assignment, Played
from models import AccessRefusedError
from nodes import Context, Parts
from stores import MEMORIES, Memories, Row, SentenceEmbedder
from tests.models.conftest import serving
from tests.servers.failing_server import FailingServer
from tests.servers.wrong_replies import TRANSIENT

pytestmark = pytest.mark.system

EPISODES, BATCH, ROUNDS, AT_ONCE = 200, 100, 2, 16
SHARE = 0.01  # of each kind
STEP = ("item", "reward", "quit", "thought", "reply", "found")


def _told(row: Row) -> tuple[str, Any]:
    facts = {
        key: {name: value for name, value in entry.items() if name != "note"}
        for key, entry in row.entries.items()
    }
    return row.text, facts


@dataclass
class Ground:
    """What a training teaches, and what its episodes were."""

    memories: Memories
    failures: list[Any] = field(default_factory=list)
    sessions: dict[int, Any] = field(default_factory=dict)

    async def train(self, context: Context) -> None:
        trainer = build_trainer(self._load, self._play)
        start: Any = {"episodes": EPISODES, "batch": BATCH, "name": "t", "at": 1}
        await trainer.ainvoke(start, {"max_concurrency": AT_ONCE}, context=context)

    def rows(self) -> dict[str, Any]:
        """All rows; the words of a reply are left out, which a schema turns into JSON."""
        return {name: [_told(row) for row in self.memories.rows(name)] for name in MEMORIES}

    def _load(self, context: Context) -> Parts:
        return replace(load_parts(context), memories=self.memories)

    async def _play(self, graph: EpisodeGraph, assignment: Assignment, context: Context) -> Played:
        played = await play_inline(graph, assignment, context)
        if played["failure"]:
            self.failures.append(played["failure"])
        if played["state"]:
            state = played["state"]
            steps = [[step[name] for name in STEP] for step in state["steps"]]
            self.sessions[assignment["number"]] = (steps, state["verdicts"], state["reflection"])
        return played


async def test_episodes_before_a_failing_server_end_as_before_one_that_never_fails(
    embedder: SentenceEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("BILLP_TIMEOUT", "2.5")
    context = Context(memory="ephemeral", max_rounds=ROUNDS)
    right = Ground(Memories.in_memory(embedder))
    await right.train(context)
    tried = Ground(Memories.in_memory(embedder))
    with serving(FailingServer()) as server:
        server.at_random = dict.fromkeys(TRANSIENT, SHARE)
        server.silence = 4.0
        await tried.train(replace(context, model="openai:tiny", base_url=server.address))
        failed = set(server.failed)
    assert failed == set(TRANSIENT)
    assert tried.failures == []
    assert len(tried.sessions) == EPISODES
    assert tried.sessions == right.sessions
    assert tried.rows() == right.rows()


async def test_a_planted_key_is_in_no_checkpoint_though_the_server_sends_it_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("BILLP_API_KEY", "planted-4711")
    file = tmp_path / "checkpoints.sqlite"
    with serving(FailingServer(["500", "html", "", "", "", "echo"])) as server:
        context = Context(
            model="openai:tiny", base_url=server.address, memory="ephemeral", max_rounds=3
        )
        async with AsyncSqliteSaver.from_conn_string(str(file)) as saver:
            graph = build_graph(checkpointer=saver)
            thread: Any = {"configurable": {"thread_id": "t"}}
            with pytest.raises(AccessRefusedError, match="refuses the key in BILLP_API_KEY"):
                await graph.ainvoke({"user": 1}, thread, context=context)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"AccessRefusedError" in kept
    assert b"planted-4711" not in kept
    assert {headers["authorization"] for headers in server.headers} == {"Bearer planted-4711"}
