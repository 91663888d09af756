"""The sentences that Planners read: short, with the counts first."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.stand_ins.offline.counts import read_counts
from nodes.macro.principle_text import PRINCIPLE_LIMIT, principle_text
from nodes.macro.reflection import read_fields
from simulator import Catalogue
from simulator.catalogue import GENRE_LIMIT
from tests.nodes.conftest import reflected

LONG = [name * GENRE_LIMIT for name in "abcdef"]
GENRES = {"Puzzle", "Racing", "Sports", *LONG}
CATALOGUE = Catalogue.of([("A Game", sorted(GENRES))])

names = st.lists(st.sampled_from(sorted(GENRES)), max_size=3, unique=True)
rounds = st.lists(st.integers(1, 110), min_size=9, max_size=9)


def told(**fields: Any) -> str:
    read = read_fields(reflected(**fields), CATALOGUE, GENRES)
    assert read
    return principle_text(read)


@given(st.sampled_from(["bored", "unknown"]), names, names, names, rounds, st.integers(0, 20))
def test_a_principle_keeps_to_its_limit_and_has_all_counts(
    why: str, genres: list[str], show: list[str], avoid: list[str], of: list[int], rest: int
) -> None:
    returned = [[at, stays, stays] for at, stays in enumerate(of[:8], start=1)]
    said = {"why": why, "genres": genres, "show": show, "avoid": avoid, "rest": rest}
    text = told(returned=returned, new=[of[8] - 1, of[8]], **said)
    assert len(text) <= PRINCIPLE_LIMIT
    counts = read_counts(text)
    assert dict(counts.stayed) == dict(counts.of) == dict(enumerate(of[:8], start=1))
    assert (counts.new_stayed, counts.new_of) == (of[8] - 1, of[8])


def test_what_has_no_room_is_left_out_as_a_whole() -> None:
    text = told(genres=LONG[:3], show=["Puzzle", "Racing", "Sports"], avoid=["Puzzle"], rest=4)
    assert text == (
        "Kinds that came back: after 1 round: 0 of 1 stayed. New kinds: 2 of 2. Let a kind rest "
        "for 4 rounds or more. Show Racing and Sports. Avoid Puzzle."
    )
