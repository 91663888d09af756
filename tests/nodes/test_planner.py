"""The Planner is given principles once an episode, and always ends up with a plan."""

import pytest

from models import Role, prompt_text
from nodes import Context, plan, prompts
from nodes.prompts import NO_PLAN
from nodes.state import Principle
from simulator import Catalogue
from stores import Lessons, Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, reflection_row, steps_of

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


@pytest.mark.parametrize(
    "said", ["They like Noodles and Cake. Next: Salad.", "You are the Planner."]
)
async def test_a_planner_who_repeats_the_prompt_is_asked_again_without_the_examples(
    said: str, embedder: SentenceEmbedder, memories: Memories
) -> None:
    replies: dict[Role, list[str]] = {"planner": [said, said, "Puzzles first."]}
    witness = Witness()
    parts = parts_of(embedder, memories, replies, witness=witness)
    assert (await plan(episode(), Context(), parts))["thought"] == "Puzzles first."
    first, second, third = map(prompt_text, witness.prompts)
    assert "Udon" in first
    assert "Udon" not in second + third
    assert first.endswith(second.partition(prompts.SYSTEM)[2])
    assert "could not be used" in third


async def test_names_of_an_example_that_the_catalogue_has_may_be_planned(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    dishes = [("Red Ramen", ("Noodles", "Soup")), ("Lemon Ring", ("Cake",))]
    shop = Catalogue.of([*zip(SHOP.titles, SHOP.genres, strict=True), *dishes])
    said: dict[Role, list[str]] = {"planner": ["They like Noodles and Soup. Next: Cake."]}
    parts = parts_of(embedder, memories, said, shop=shop)
    assert (await plan(episode(), Context(), parts))["thought"] == said["planner"][0]
