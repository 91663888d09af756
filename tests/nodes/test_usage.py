"""Every role tells what its turn cost."""

from collections.abc import Callable
from typing import Any

import pytest

from models import Role
from nodes import Context, act, arrive, criticise, plan, reflect, respond
from nodes.state import Choice, Usage
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import episode, parts_of, steps_of

REPLIES: dict[Role, list[str]] = {
    "planner": ["Puzzles."],
    "actor": ["recommend[Amber Quarry]"],
    "critic": ["who knows", "7"],
    "reflector": ["Why: bored"],
}


@pytest.mark.parametrize(
    ("node", "role", "calls"),
    [(plan, "planner", 1), (act, "actor", 1), (criticise, "critic", 2), (reflect, "reflector", 1)],
)
async def test_a_turn_adds_a_record_of_its_calls_before_the_round_to_come(
    node: Callable[..., Any], role: Role, calls: int, embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(steps=steps_of(["Opal Ferry", "Jade Engine"]))
    update = await node(state, Context(), parts_of(embedder, memories, REPLIES))
    [usage] = update["usage"]
    assert (usage["role"], usage["round"], usage["calls"]) == (role, 3, calls)
    assert usage["input"] > 0
    assert usage["output"] > 0


async def test_a_new_episode_does_not_bear_the_costs_of_the_last(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode()
    state["usage"] = [
        Usage(round=1, role="actor", calls=1, input=9, output=1, cached=0, estimated=0)
    ]
    update = await arrive(state, Context(), parts_of(embedder, memories))
    assert update["usage"].value == []


async def test_a_step_keeps_the_whole_thought_besides_the_brief_one(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode()
    state["thought"] = "Next: Puzzle. " + "And so on. " * 40
    state["choice"] = Choice(reply="Opal Ferry", item="Opal Ferry", found="exact")
    [step] = (await respond(state, Context(), parts_of(embedder, memories)))["steps"]
    assert step["thought"] == state["thought"]
    assert len(step["plan"]) < len(step["thought"])
