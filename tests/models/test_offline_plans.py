"""The stand-in plans by counts and nothing else: no word of advice moves it."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import prompt_text
from models.stand_ins.offline import reply
from models.stand_ins.offline.counts import Counts, read_counts
from models.stand_ins.offline.reflector import best_rest
from nodes import prompts
from nodes.macro.genre_rests import genres_text
from nodes.macro.principle_text import principle_text
from nodes.macro.reflection import fields_of, read_fields
from nodes.macro.session_facts import facts_text, session_facts
from nodes.parsing.plan import parse_plan
from nodes.parsing.query import titles_named
from nodes.parsing.reflection import parse_reflection
from nodes.prompts import section
from nodes.state import Step
from nodes.trajectory import messages
from simulator import Catalogue
from tests.nodes.conftest import episode, steps_of

GENRES = ("Puzzle", "Racing", "Sports", "Farming", "Horror", "Mystery", "Rhythm", "Action")
SHELF = Catalogue.of((f"{genre} {copy}", [genre]) for genre in GENRES for copy in range(30))
VIEWS = (("Puzzle", 3), ("Racing", 2), ("Sports", 2), ("Farming", 1))
VIEWED = [f"{genre} 0" for genre, views in VIEWS for _ in range(views)]
SHOWN = ["Puzzle", "Racing", "Sports", "Farming", "Puzzle"]

WORDS = (
    "Never rotate, never vary.",
    "The weather was different today.",
    "Rotate genres, let each rest for at least four rounds.",
    "Alternate, diversify, spread the favourites apart.",
    "Keep to what is safe and was received well.",
)
SHORT_IS_BAD = "After 1 round: 0 of 6 stayed, after 2: 0 of 6, after 3: 6 of 6."
SHORT_IS_GOOD = "After 1 round: 6 of 6 stayed, after 2: 6 of 6, after 3: 0 of 6."


def played(genres: Sequence[str], window: int | None = None) -> list[Step]:
    """A session of these genres; with a window, the user leaves over one that is in it."""
    titles, left = list[str](), False
    for at, genre in enumerate(genres):
        titles.append(f"{genre} {at + 1}")
        left = window is not None and genre in genres[max(0, at - window) : at]
        if left:
            break
    return steps_of(titles, quit="similar" if left else None)


def plan(principles: Sequence[str], genres: Sequence[str] = SHOWN, seed: int = 0) -> str:
    steps = played(genres)
    told = section(prompts.PRINCIPLES, "\n".join(f"- {one}" for one in principles))
    told += section(prompts.GENRES, genres_text(steps, SHELF, GENRES))
    turn = told + prompts.PLANNER.format(round=len(steps) + 1, extent=prompts.GENRES_ALONE)
    return reply("planner", prompt_text(messages(episode(VIEWED, steps), SHELF, turn)), seed)


def test_it_names_the_items_that_are_said_to_have_kept_others() -> None:
    steps = played(SHOWN)
    told = section(prompts.KEPT, '"Slow Comet"; "Dr. Who"')
    turn = told + prompts.PLANNER.format(round=1, extent=prompts.GENRES_AND_ITEMS)
    said = reply("planner", prompt_text(messages(episode(VIEWED, steps), SHELF, turn)), 0)
    assert titles_named(parse_plan(said)) == ["Slow Comet", "Dr. Who"]
    assert titles_named(plan([])) == []


def planned(said: str) -> list[str]:
    return re.findall(r"Next: ([^.]*)\.", said)[0].split(", ")


def reflection(genres: Sequence[str], window: int) -> str:
    """The principle that comes of what the stand-in says about a session with such users."""
    steps = played(genres, window)
    facts = facts_text(session_facts(steps, SHELF))
    ended, why = prompts.ENDED_BY_USER
    ending = ended.format(rounds=len(steps))
    turn = prompts.REFLECTOR.format(facts=section(prompts.FACTS, facts), ending=ending, why=why)
    said = reply("reflector", prompt_text(messages(episode(VIEWED, steps), SHELF, turn)), 0)
    fields = fields_of(parse_reflection(said, GENRES), VIEWED, steps, SHELF)
    read = read_fields(fields, SHELF, set(GENRES))
    assert read
    return principle_text(read)


def lessons_of(window: int) -> list[str]:
    """Reflections on sessions that kept the rest that it takes, or fell a round short of it."""
    kept = [GENRES[at % (window + 1)] for at in range(20)]
    short = [GENRES[at % window] for at in range(20)]
    return [reflection(kept, window), reflection(short, window), reflection(short, window)]


@pytest.mark.parametrize("words", WORDS)
def test_words_of_advice_change_nothing(words: str) -> None:
    for seed in range(10):
        assert plan([words], seed=seed) == plan([], seed=seed)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["N", "C", "Z"]), max_size=60))
def test_no_text_without_numbers_changes_a_plan(words: str) -> None:
    assert plan([words.replace("#", "")]) == plan([])


def test_without_counts_it_plans_what_it_likes_most_although_it_was_just_shown() -> None:
    said = plan([])
    assert planned(said)[0] == "Puzzle"
    assert "Avoid" not in said


def test_counts_against_a_short_rest_put_off_what_was_just_shown() -> None:
    said = plan([SHORT_IS_BAD])
    assert "Puzzle" not in planned(said)
    assert "Avoid for now: Puzzle, Farming." in said


def test_reversed_counts_turn_the_plan_round() -> None:
    said = plan([SHORT_IS_GOOD])
    assert planned(said)[0] == "Puzzle"
    assert "Sports" not in planned(said)
    assert "Avoid for now: Sports, Racing." in said


def test_words_beside_counts_change_nothing() -> None:
    assert plan([f"Never rotate. {SHORT_IS_BAD}"]) == plan([f"{SHORT_IS_BAD} Rotate."])


def test_counts_of_two_principles_are_added() -> None:
    both = read_counts(f"{SHORT_IS_BAD}\n{SHORT_IS_GOOD}")
    assert both.of == {1: 12, 2: 12, 3: 12}
    assert [both.chance(rest) for rest in (1, 2, 3)] == [0.5] * 3


def test_what_was_not_counted_has_the_neutral_chance() -> None:
    assert Counts().chance(3) == Counts().chance(None) == 0.5


@pytest.mark.parametrize("window", [2, 3, 4, 5, 6])
def test_reflections_tell_the_rest_that_such_users_need(window: int) -> None:
    counts = read_counts(" ".join(lessons_of(window)))
    assert best_rest(counts) == window + 1
    assert counts.chance(window) < 0.5 < counts.chance(window + 1)


@pytest.mark.parametrize(("window", "first"), [(2, 3), (6, 7)])
def test_what_was_learned_where_users_tire_sooner_or_later_leads_to_other_spacing(
    window: int, first: int
) -> None:
    principles = lessons_of(window)
    spacing = []
    for rest in range(1, 9):  # the favourite was shown so many rounds ago
        others = [genre for genre in GENRES if genre != "Puzzle"]
        shown = ["Puzzle", *(others * 2)[: rest - 1]]
        spacing.append("Puzzle" in planned(plan(principles, shown)))
    assert spacing.index(True) + 1 == first


def test_a_number_that_was_cut_off_is_not_counted() -> None:
    assert read_counts("after 3: 2 of 2, after 4: 1 of 1…").of == {3: 2}


def test_a_principle_has_the_counts_and_the_rest_in_at_most_sixty_tokens() -> None:
    said = reflection([GENRES[at % 5] for at in range(40)], 5)
    assert "after 5 rounds: 0 of 1 stayed. New kinds: 5 of 5." in said
    assert "Let a kind rest for 6 rounds or more." in said
    assert all(len(one) <= 240 for window in (2, 4, 6) for one in lessons_of(window))
