"""The trainer: batches side by side, committed in order, whatever the timing and whoever fails."""

import asyncio
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from pydantic import PrivateAttr

from graph.load import load_parts
from graph.trainer import build_trainer, draw_users, graph, play_inline
from models import OfflineChatModel, RunStoppedError, StoppedError, from_chat_model, prompt_text
from nodes import Context, Parts
from nodes.input_limits import LATEST_START
from simulator import WorldError
from stores import MEMORIES, Memories, SentenceEmbedder
from stores.rows import USED_BY

CONTEXT = Context(memory="ephemeral", max_rounds=6)


class DawdlingModel(OfflineChatModel):
    """The offline model, after a pause; it fails where a word stands, or stops everything."""

    pause: float = 0.0
    fails_on: str = ""
    stops_after: int = 10**9
    _dice: random.Random = PrivateAttr(default_factory=lambda: random.Random(5))
    _calls: int = PrivateAttr(default=0)

    @property
    def calls(self) -> int:
        return self._calls

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        if self._calls >= self.stops_after:
            raise StoppedError("enough")
        self._calls += 1
        if self.fails_on and self.fails_on in prompt_text(messages):
            raise TimeoutError("the server\ndid not answer")
        await asyncio.sleep(self._dice.uniform(0, self.pause))
        return await super()._agenerate(messages, stop, run_manager, **kwargs)


@dataclass
class Ground:
    """Memories of a training, and the model that speaks in it."""

    memories: Memories
    model: DawdlingModel

    def load(self, context: Context) -> Parts:
        parts = load_parts(replace(context, memory="ephemeral"))
        return replace(parts, memories=self.memories, chat=from_chat_model(self.model))

    async def train(self, at_once: int = 8, context: Context = CONTEXT, **given: Any) -> Any:
        trainer = build_trainer(self.load)
        start = {"episodes": 8, "batch": 4, "name": "t", "at": 1, **given}
        return await trainer.ainvoke(start, {"max_concurrency": at_once}, context=context)  # type: ignore[arg-type]

    def contents(self) -> dict[str, Any]:
        return {name: [(r.text, r.entries) for r in self.memories.rows(name)] for name in MEMORIES}


@pytest.fixture
def ground(memories: Memories) -> Ground:
    return Ground(memories, DawdlingModel())


def title_viewed_by(user: int) -> str:
    """A title that stands in the prompts of this user from the start."""
    world = load_parts(CONTEXT).world
    return world.catalogue.titles[world.histories[user][-1]]


async def test_what_is_learned_depends_neither_on_concurrency_nor_on_who_ends_first(
    ground: Ground, embedder: SentenceEmbedder
) -> None:
    one_by_one = await ground.train(at_once=1)
    other = Ground(Memories.in_memory(embedder), DawdlingModel(pause=0.02))
    side_by_side = await other.train(at_once=8)
    assert side_by_side["outcomes"] == one_by_one["outcomes"]
    assert other.contents() == ground.contents()
    assert one_by_one["rows"] == ground.memories.counts()


async def test_a_batch_knows_what_earlier_ones_taught_and_nothing_of_itself(ground: Ground) -> None:
    states: dict[int, Any] = {}

    async def watching(episodes: Any, assignment: Any, context: Context) -> Any:
        played = await play_inline(episodes, assignment, context)
        states[assignment["number"]] = played["state"]
        return played

    trainer = build_trainer(ground.load, watching)
    await trainer.ainvoke(
        {"users": [7] * 6, "batch": 3, "name": "t", "at": 1}, context=replace(CONTEXT)
    )
    assert all(not states[number]["principles"] for number in range(3))
    assert all(states[number]["principles"] for number in range(3, 6))


async def test_an_episode_that_fails_is_recorded_and_takes_nobody_along(ground: Ground) -> None:
    users = draw_users(300, 8, 0)
    unlucky = 2
    ground.model = DawdlingModel(fails_on=title_viewed_by(users[unlucky]))
    state = await ground.train(users=users)
    failed = {o["number"] for o in state["outcomes"] if o["failure"]}
    assert unlucky in failed
    assert len(failed) < 4
    told = state["outcomes"][unlucky]["failure"]
    assert told == {"type": "TimeoutError", "message": "the server did not answer"}
    rows = ground.memories.rows("reflections")
    taught = {key for row in rows for key in row.entries if not key.startswith(USED_BY)}
    assert taught == {f"t/{number:04d}" for number in range(8) if number not in failed}


async def test_a_stop_ends_the_training_rather_than_an_episode(ground: Ground) -> None:
    ground.model = DawdlingModel(stops_after=10)
    with pytest.raises(RunStoppedError, match="enough"):
        await ground.train()
    assert not any(ground.memories.counts().values())


async def test_what_was_stopped_goes_on_from_its_checkpoints(
    ground: Ground, embedder: SentenceEmbedder, tmp_path: Path
) -> None:
    reference = Ground(Memories.in_memory(embedder), DawdlingModel())
    whole = await reference.train()
    config: Any = {"configurable": {"thread_id": "one"}}
    start: Any = {"episodes": 8, "batch": 4, "name": "t", "at": 1}
    made = 0
    async with AsyncSqliteSaver.from_conn_string(str(tmp_path / "t.sqlite")) as saver:
        for limit in (25, 40, 10**9):
            ground.model = DawdlingModel(stops_after=limit)
            trainer = build_trainer(ground.load)
            trainer.checkpointer = saver
            try:
                state = await trainer.ainvoke(None if made else start, config, context=CONTEXT)
            except RunStoppedError:
                made += limit
    assert state["outcomes"] == whole["outcomes"]
    assert ground.contents() == reference.contents()
    assert made + ground.model.calls <= reference.model.calls + 2 * 8 * 2


async def test_a_second_training_on_the_same_thread_begins_anew(ground: Ground) -> None:
    first = await ground.train(name="a")
    second = await ground.train(name="b", episodes=2)
    assert len(first["outcomes"]) == 8
    assert [o["number"] for o in second["outcomes"]] == [0, 1]


async def test_on_the_test_half_nothing_is_learned_unless_asked_for(ground: Ground) -> None:
    await ground.train(context=replace(CONTEXT, half="test"))
    assert not any(ground.memories.counts().values())
    await ground.train(context=replace(CONTEXT, half="test", learn=True))
    assert ground.memories.counts()["values"]


@pytest.mark.parametrize(
    "given",
    [
        *({"episodes": 0}, {"batch": 0}, {"batch": "3"}, {"batch": 10_001}),
        *({"at": -1}, {"at": LATEST_START - 1}, {"at": 1.0}),
    ],
)
async def test_senseless_numbers_are_refused(ground: Ground, given: dict[str, Any]) -> None:
    with pytest.raises(WorldError, match=rf"{next(iter(given))} must be a whole number from [01]"):
        await ground.train(**given)


def test_nobody_is_met_again_before_everybody_was_met() -> None:
    drawn = draw_users(5, 12, 3)
    assert sorted(drawn[:5]) == sorted(drawn[5:10]) == list(range(5))
    assert drawn == draw_users(5, 12, 3)
    assert drawn != draw_users(5, 12, 4)


def test_studio_sees_the_episode_inside_the_trainer() -> None:
    names = set(graph.get_graph(xray=True).nodes)
    assert {"draw", "commit", "episode:planner", "episode:critic", "episode:simulator"} <= names
