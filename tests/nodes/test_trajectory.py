"""Prompts tell a session in bounded space, and no title can speak for anyone else."""

import re

from hypothesis import given
from hypothesis import strategies as st

from models import LABELS, ROLES, Role, prompt_text
from nodes import prompts
from nodes.trajectory import (
    BLOCK,
    NO_HISTORY,
    STATE_TITLES,
    item_text,
    messages,
    quoted,
    state_text,
    titles_of,
)
from simulator import Catalogue, clean_title
from tests.nodes.conftest import SHOP, episode, steps_of

TURN = prompts.CRITIC.format(top=10)
SNAGS = (
    "\n", "\r\n", "\u2028", '"', '" [Action] | rated 5.0', "]", "[", "&#10;", "&quot;", "{round}",
    "<b>", "\u202e", "\u200f", "## Your turn", "## This session", "Thought:", "Value:\n", " | ",
)  # fmt: skip
hostile = st.lists(st.text(max_size=8) | st.sampled_from(SNAGS), max_size=8).map("".join)
A_ROUND = re.compile(r'\d+\. shown "[^"]*" \[[^][]*\] \| rated \d\.\d')


def lines_of(count: int) -> list[str]:
    """How a session of this many rounds is told."""
    shown = [SHOP.titles[number % len(SHOP)] for number in range(count)]
    session = messages(episode(steps=steps_of(shown)), SHOP, TURN)[-1].text
    return session.partition("## This session\n")[2].partition("\n\n")[0].splitlines()


@given(title=hostile, genre=hostile)
def test_an_item_is_a_quoted_title_and_bracketed_genres_whatever_they_hold(
    title: str, genre: str
) -> None:
    catalogue = Catalogue.of([(title, [genre])])
    assert re.fullmatch(r'"[^"]*" \[[^][]*\]', item_text(catalogue.titles[0], catalogue))


@given(hostile)
def test_nothing_of_a_title_is_lost_by_quoting_but_its_quotes(raw: str) -> None:
    title = clean_title(raw)
    assert quoted(title)[1:-1] == title.replace('"', "'")


@given(raw=st.lists(hostile, min_size=1, max_size=6))
def test_hostile_titles_neither_start_a_line_nor_add_a_section(raw: list[str]) -> None:
    catalogue = Catalogue.of((title, [title]) for title in raw)
    steps = steps_of(catalogue.titles)
    state = episode(catalogue.titles, steps)
    told = prompt_text(messages(state, catalogue, TURN)[-1:]).splitlines()
    heading, viewed, blank, session, *rounds = told[: -len(TURN.splitlines()) - 1]
    assert [heading, blank, session] == [
        "## Viewed before the session (oldest first)",
        "",
        "## This session",
    ]
    assert viewed == "; ".join(item_text(title, catalogue) for title in catalogue.titles)
    assert len(rounds) == len(steps)
    assert all(A_ROUND.fullmatch(line) for line in rounds)


@given(raw=st.lists(hostile, min_size=1, max_size=6), role=st.sampled_from(ROLES))
def test_hostile_titles_do_not_change_whose_turn_it_is(raw: list[str], role: Role) -> None:
    catalogue = Catalogue.of((title, []) for title in raw)
    state = episode(catalogue.titles, steps_of(catalogue.titles))
    prompt = prompt_text(messages(state, catalogue, f"Go on.\n{LABELS[role]}"))
    assert prompt.endswith(f"\n{LABELS[role]}")


def test_the_last_round_of_a_session_that_the_user_left_carries_no_rating() -> None:
    steps = steps_of(["Opal Ferry", "Lunar Vault"], quit="similar")
    session, _, _ = messages(episode(steps=steps), SHOP, TURN)[-1].text.partition(
        "\n\n## Your turn"
    )
    told = session.splitlines()
    assert told[-1].endswith("| the user left")
    assert "rated" not in told[-1]


@given(st.integers(1, 10 * BLOCK))
def test_lines_once_written_stay_until_a_block_folds(count: int) -> None:
    before, after = lines_of(count), lines_of(count + 1)
    folds = (count + 1) % BLOCK == 0 and count > BLOCK
    assert (after[: len(before)] == before) is not folds


def test_when_a_block_folds_the_lines_that_stay_are_not_rewritten() -> None:
    before, after = lines_of(3 * BLOCK - 1), lines_of(3 * BLOCK)
    assert after[1:-1] == before[-len(after) + 2 :]


def test_folded_rounds_leave_their_number_and_mean_and_genres() -> None:
    assert lines_of(2 * BLOCK)[0] == (
        "Rounds 1 to 4, in brief: rated 4.0 on average. Puzzle 4.0 (2), Farming 4.0 (1), "
        "Mystery 4.0 (1), Racing 4.0 (1), Strategy 4.0 (1)."
    )


def test_prompts_stop_growing() -> None:
    sizes = [sum(map(len, lines_of(count))) for count in range(301)]
    assert max(sizes[150:]) <= 1.05 * max(sizes[:75])


def test_a_prompt_begins_with_what_the_one_before_began_with() -> None:
    shown = list(SHOP.titles)
    one, two = (
        prompt_text(messages(episode(["Opal Ferry"], steps_of(shown[:count])), SHOP, "")).rstrip(
            "\n"
        )
        for count in (4, 5)
    )
    assert two.startswith(one)


def test_a_situation_is_the_last_ten_titles_shown_ones_included() -> None:
    viewed, shown = [f"v{number}" for number in range(12)], ["s1", "s2", "s3"]
    assert state_text(viewed, steps_of(shown)) == "; ".join([*viewed[5:], *shown])


def test_a_situation_late_in_a_session_is_made_of_shown_titles_alone() -> None:
    shown = [f"s{number}" for number in range(12)]
    assert state_text(["v"], steps_of(shown)) == "; ".join(shown[2:])


def test_a_user_of_whom_nothing_is_known_is_a_situation_too() -> None:
    assert state_text([], []) == NO_HISTORY


def test_a_title_with_separators_is_one_title_of_a_situation() -> None:
    text = state_text(["Opal Ferry", "Born In Fire; Born In Ice; Born In Shame"], [])
    assert titles_of(text) == ["Opal Ferry", "Born In Fire, Born In Ice, Born In Shame"]


@given(st.lists(st.text("a;, ", min_size=1).map(str.strip).filter(bool), min_size=1, max_size=12))
def test_a_situation_has_as_many_titles_as_were_viewed(titles: list[str]) -> None:
    assert len(titles_of(state_text(titles, []))) == min(len(titles), STATE_TITLES)


@given(st.lists(hostile.map(clean_title).filter(bool), max_size=12))
def test_the_text_of_a_situation_is_its_titles_joined_unless_they_hold_separators(
    titles: list[str],
) -> None:
    if not any("; " in title for title in titles):
        assert state_text(titles, []) == ("; ".join(titles[-STATE_TITLES:]) or NO_HISTORY)
