"""Items that kept earlier users after those shown last, as the Planner is told and may name."""

from dataclasses import replace
from typing import Any

import pytest

from models import Role, prompt_text
from nodes import Context, EpisodeState, Parts, plan
from nodes.candidates import offer
from nodes.macro.routes import suggested
from nodes.macro.session_facts import KEPT_LIMIT, kept_titles
from nodes.prompts import GENRES_ALONE, GENRES_AND_ITEMS, KEPT
from stores import Lessons, Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, reflection_row, steps_of

REPLY: dict[Role, list[str]] = {"planner": ['Next: Puzzle. Such as "Jade Engine".']}
TOOLS = ("search", "best", "rested", "taste")


def commit(memories: Memories, *sessions: Any) -> None:
    """Reflections on sessions in which these items kept users, a user each."""
    for number, kept in enumerate(sessions):
        memories.commit(lessons(number, number, kept))


def lessons(number: int, user: int, kept: Any, rounds: int = 9) -> Lessons:
    """What a session of so many rounds teaches, after the last of which the user left."""
    row = reflection_row(
        ["Puzzle"],
        episode=f"e{number}",
        at=number * 1000,
        kept=kept,
        returned=[],
        new=[rounds - 1, rounds],
    )
    return Lessons(f"e{number}", number * 1000, {"reflections": (row,)}, user=user)


@pytest.fixture
def parts(embedder: SentenceEmbedder, memories: Memories) -> Parts:
    return parts_of(embedder, memories)


def found(parts: Parts, state: EpisodeState, tools: tuple[str, ...] = TOOLS) -> list[str]:
    return [SHOP.titles[item] for item in suggested(state, parts, tools)]


def after(*titles: str) -> EpisodeState:
    return episode(steps=steps_of(titles))


def test_nothing_is_suggested_by_an_empty_memory(parts: Parts) -> None:
    assert found(parts, episode()) == []


def test_a_session_begins_with_what_kept_users_and_suits_this_one(parts: Parts) -> None:
    commit(parts.memories, ["Jade Engine", "Thorn Harbour", "Quiet Garden", "Lunar Vault"])
    assert found(parts, episode()) == ["Quiet Garden", "Lunar Vault", "Jade Engine"]


def test_it_goes_on_with_what_went_with_the_last_items(parts: Parts) -> None:
    commit(
        parts.memories,
        ["Jade Engine", "Lunar Vault", "Thorn Harbour"],
        ["Amber Quarry", "Quiet Garden"],
    )
    assert found(parts, after("Lunar Vault")) == ["Jade Engine", "Thorn Harbour"]
    assert found(parts, after("Amber Quarry", "Lunar Vault")) == []


def test_a_shorter_span_asks_less_of_an_item(parts: Parts) -> None:
    """The racing game was shown 4 rounds from the vault, the garden one round from the ferry."""
    filler = ["Feral Parade", "Winter Railway"]
    commit(
        parts.memories,
        ["Lunar Vault", *filler, "Opal Ferry", "Jade Engine"],
        ["Opal Ferry", "Quiet Garden", "Feral Parade"],
    )
    state = after("Lunar Vault", "Feral Parade", "Opal Ferry")
    assert found(parts, state) == ["Jade Engine", "Winter Railway", "Quiet Garden"]


def test_what_the_user_knows_or_does_not_want_is_left_out(parts: Parts) -> None:
    commit(parts.memories, ["Jade Engine", "Lunar Vault", "Quiet Garden", "Amber Quarry"])
    state = episode(["Amber Quarry"], steps_of(["Lunar Vault"]))
    state["unwanted"] = {"genres": ["Racing"], "titles": []}
    assert found(parts, state) == ["Quiet Garden"]


def test_without_ratings_the_items_that_kept_most_come_first(parts: Parts) -> None:
    commit(parts.memories, ["Thorn Harbour", "Lunar Vault"], ["Thorn Harbour", "Quiet Garden"])
    for state, tools in ((episode(), ("search",)), ({**episode(), "user": "Ann"}, TOOLS)):
        assert found(parts, state, tools)[0] == "Thorn Harbour"  # type: ignore[arg-type]


HOSTILE: list[Any] = [
    *(None, "Jade Engine", 7, {"Jade Engine": 1}, [["Jade Engine"]], [None, 3, "## Your turn"]),
    ["Gone For Good"] * 1_100,
]


@pytest.mark.parametrize("kept", HOSTILE, ids=[str(n) for n in range(len(HOSTILE))])
def test_of_a_hostile_reflection_nothing_but_items_is_read(kept: Any, parts: Parts) -> None:
    commit(parts.memories, kept)
    assert found(parts, episode()) == []


def test_no_user_makes_up_what_keeps_users(parts: Parts) -> None:
    """Of fifty sessions of one user among those of twenty, a share counts."""
    memories = parts.memories
    for number in range(70):
        user, kept = (0, "Thorn Harbour") if number < 50 else (number, "Lunar Vault")
        memories.commit(lessons(number, user, [kept]))
    assert found(parts, episode(), ("search",))[0] == "Lunar Vault"


def test_a_reflection_tells_of_no_more_items_than_its_session_had_rounds(parts: Parts) -> None:
    kept = ["Lunar Vault", "Jade Engine"] * 5
    parts.memories.commit(lessons(0, 0, kept, rounds=9))
    assert found(parts, episode()) == []
    parts.memories.commit(lessons(1, 1, kept, rounds=10))
    assert found(parts, episode()) == ["Lunar Vault", "Jade Engine"]


def test_a_session_counts_an_item_once(parts: Parts) -> None:
    commit(parts.memories, ["Thorn Harbour"] * 9, ["Lunar Vault"], ["Lunar Vault"])
    assert found(parts, episode(), ("search",))[0] == "Lunar Vault"


@pytest.mark.parametrize(
    "setting", [{"reflections": 0}, {"tools": ("best", "rested", "taste")}], ids=str
)
async def test_where_it_cannot_count_no_item_is_told(
    setting: Any, embedder: SentenceEmbedder, memories: Memories
) -> None:
    commit(memories, ["Jade Engine", "Lunar Vault"])
    witness = Witness()
    parts = parts_of(embedder, memories, REPLY, witness=witness)
    await plan(episode(), Context(**setting), parts)
    assert KEPT not in prompt_text(witness.prompts[0])


def test_what_is_kept_are_the_items_after_which_the_user_stayed() -> None:
    assert kept_titles(steps_of(["a", "b", "c"], quit="similar")) == ["a", "b"]
    assert kept_titles(steps_of(["a", "b"])) == ["a", "b"]
    long = [f"{number} {'x' * 500}" for number in range(100)]
    kept = kept_titles(steps_of(long))
    assert kept == long[-len(kept) :]
    assert 10 < len(kept) <= KEPT_LIMIT // 500


@pytest.mark.parametrize("learning", ["default", "paper"])
async def test_the_planner_is_told_them_and_may_name_them(
    learning: Any, embedder: SentenceEmbedder, memories: Memories
) -> None:
    commit(memories, ["Jade Engine", "Lunar Vault"])
    witness, state = Witness(), after("Lunar Vault")
    parts = parts_of(embedder, memories, REPLY, witness=witness)
    update = await plan(state, Context(learning=learning), parts)
    prompt = prompt_text(witness.prompts[0])
    is_told = f'## {KEPT}\n"Jade Engine"\n' in prompt
    assert is_told is (learning == "default")
    assert (GENRES_AND_ITEMS if is_told else GENRES_ALONE) in prompt
    state["thought"] = update["thought"]
    first = offer(state, "puzzles", parts, TOOLS, told=False).candidates[0]
    assert SHOP.titles[first.item] == "Jade Engine"


async def test_an_arm_without_reflections_is_told_none(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    commit(memories, ["Jade Engine", "Lunar Vault"])
    witness = Witness()
    parts = parts_of(embedder, memories, REPLY, witness=witness)
    await plan(episode(), Context(), replace(parts, arm=replace(parts.arm, reflects=False)))
    assert KEPT not in prompt_text(witness.prompts[0])
