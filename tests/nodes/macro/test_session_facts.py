"""The Reflector is told what can be counted, and nothing that only the simulator knows."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import prompt_text
from nodes import Context, reflect
from nodes.macro.session_facts import LONGEST_REST, Stays, alike, facts_text, session_facts
from simulator import QuitCause
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, steps_of

MOST = 95 * 4  # characters of 95 tokens

kinds = st.frozensets(st.sampled_from("abcd"), max_size=4)
sessions = st.lists(st.sampled_from(SHOP.titles), max_size=40)


def told(titles: Sequence[str], quit: QuitCause | None = None) -> str:
    return facts_text(session_facts(steps_of(titles, quit=quit), SHOP))


@given(kinds, kinds)
def test_likeness_is_mutual_and_a_kind_is_like_itself(
    one: frozenset[str], other: frozenset[str]
) -> None:
    assert alike(one, one)
    assert alike(one, other) == alike(other, one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [("ab", "a", True), ("ab", "bc", False), ("abc", "ab", True), ("a", "", False), ("", "", True)],
)
def test_kinds_that_share_half_of_their_genres_are_alike(one: str, other: str, same: bool) -> None:
    assert alike(frozenset(one), frozenset(other)) is same


@given(sessions, st.sampled_from([None, "similar", "disliked"]))
def test_every_round_is_counted_once(titles: list[str], quit: QuitCause | None) -> None:
    facts = session_facts(steps_of(titles, quit=quit), SHOP)
    counted = sum(facts.returned.values(), facts.new)
    assert counted == Stays(len(titles) - bool(titles and quit), len(titles))
    assert all(1 <= rest <= LONGEST_REST for rest in facts.returned)


@given(sessions, st.sampled_from([None, "similar", "disliked"]))
def test_the_cause_of_leaving_changes_no_count(titles: list[str], quit: QuitCause | None) -> None:
    assert told(titles, quit) == told(titles, "repeated" if quit else None)


@given(sessions, st.sampled_from([None, "similar"]))
def test_the_counts_take_at_most_ninety_five_tokens(
    titles: list[str], quit: QuitCause | None
) -> None:
    assert len(told(titles, quit)) <= MOST


def test_a_kind_that_came_back_and_the_last_item_are_told() -> None:
    titles = ["Amber Quarry", "Lunar Vault", "Feral Parade", "Opal Ferry", "Quiet Garden"]
    assert told(titles, "similar") == (
        "Kinds that came back: after 3 rounds: 1 of 1 stayed, after 4: 0 of 1. New kinds: 3 of 3.\n"
        "The last item, after which the user left, shared 1 of 2 genres with round 1, 4 rounds "
        "before.\n"
        "Best rated: Puzzle 4.0 (2), Mystery 4.0 (1); worst: Strategy 4.0 (1)."
    )


def test_the_last_item_is_compared_with_the_latest_round_of_an_alike_kind() -> None:
    said = told(["Amber Quarry", "Lunar Vault", "Amber Quarry"], "similar")
    assert "after 2 rounds: 0 of 1 stayed. New kinds: 2 of 2." in said
    assert "shared 1 of 1 genres with round 1, 2 rounds before." in said


def test_an_item_that_ended_the_session_has_no_rating_as_users_who_leave_give_none() -> None:
    assert "Horror" not in told(["Amber Quarry", "Thorn Harbour"], "disliked")


async def test_the_reflector_may_repeat_the_counts_of_its_prompt(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    titles = ["Amber Quarry", "Lunar Vault", "Amber Quarry"]
    counts, witness = told(titles, "similar"), Witness()
    replies = {"reflector": [f"Why: bored. {counts}"]}
    parts = parts_of(embedder, memories, replies, witness=witness)  # type: ignore[arg-type]
    update = await reflect(episode(steps=steps_of(titles, quit="similar")), Context(), parts)
    assert counts.partition("\n")[0] in update["reflection"]
    assert update["usage"][0]["calls"] == 1
    assert f"## Counted in this session\n{counts}\n\n## Your turn" in prompt_text(
        witness.prompts[0]
    )
