"""The Planner is given principles once an episode, and always ends up with a plan."""

import pytest

from models import Role, prompt_text
from nodes import Context, plan
from nodes.prompts import NO_PLAN
from nodes.state import Principle
from stores import Lessons, Memories, SentenceEmbedder
from tests.nodes.conftest import Witness, episode, parts_of, reflection_row, steps_of

REPLY: dict[Role, list[str]] = {"planner": ["Thought: Puzzles first."]}


@pytest.fixture
def experienced(memories: Memories) -> Memories:
    """Memories of three reflections."""
    for number in range(3):
        learned = reflection_row(["Puzzle"], at=number, rest=2 + number)
        memories.commit(Lessons(f"earlier-{number}", number, {"reflections": (learned,)}))
    return memories


@pytest.mark.parametrize("k", [0, 1, 2])
async def test_k_principles_are_fetched_before_the_first_round(
    k: int, embedder: SentenceEmbedder, experienced: Memories
) -> None:
    update = await plan(episode(), Context(reflections=k), parts_of(embedder, experienced, REPLY))
    assert len(update["principles"]) == len(update["recalls"]) == k


async def test_later_rounds_fetch_none_and_keep_the_first_ones(
    embedder: SentenceEmbedder, experienced: Memories
) -> None:
    state = episode(steps=steps_of(["Opal Ferry"]))
    state["principles"] = [Principle(text="Rest the favourites.", distance=0.1)]
    witness = Witness()
    parts = parts_of(embedder, experienced, REPLY, witness=witness)
    assert (await plan(state, Context(), parts)).keys() == {"thought", "usage"}
    assert "- Rest the favourites.\n" in prompt_text(witness.prompts[0])


async def test_a_planner_who_says_nothing_keeps_to_a_general_plan(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    update = await plan(episode(), Context(), parts_of(embedder, memories, {"planner": [""]}))
    assert update["thought"] == NO_PLAN
