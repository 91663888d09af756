"""What is made fast for large catalogues finds the same as comparing everything."""

from collections.abc import Sequence
from typing import cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

from nodes.catalogue.likeness import Likeness, by_genres
from nodes.catalogue.nearest import largest, nearest
from nodes.catalogue.search import LazyVectors
from nodes.catalogue.spellings import CUTOFF, MOST, Spellings
from simulator import Catalogue
from simulator.demo import make_demo
from stores import squared_distances

words = st.lists(st.sampled_from(["portal", "portals", "two", "2", "stardew valley", "hades"]))
titles = words.map(" ".join) | st.text("abc ", max_size=24).map(lambda text: " ".join(text.split()))
numbers = arrays(np.float32, st.integers(0, 30), elements=st.sampled_from([-1.0, 0.0, 0.5, 2.0]))
GENRES = ("Puzzle", "Racing", "Horror", "Farming")


@settings(deadline=None)
@given(titles=st.lists(titles, max_size=20), asked=titles.filter(bool))
def test_similar_spellings_are_those_that_a_comparison_with_all_finds(
    titles: list[str], asked: str
) -> None:
    matches = process.extract(
        asked, titles, scorer=fuzz.token_sort_ratio, score_cutoff=CUTOFF, limit=MOST
    )
    assert Spellings(titles).similar(asked) == [item for _, _, item in matches]


@given(
    places=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    asked=st.integers(0, 5),
    excluded=st.sets(st.integers(0, 39)),
)
def test_the_nearest_is_the_first_of_least_distance(
    places: list[int], asked: int, excluded: set[int]
) -> None:
    units = np.random.default_rng(0).standard_normal((6, 33)).astype(np.float32)
    units /= np.linalg.norm(units, axis=1, keepdims=True)
    left = {item for item in excluded if item < len(places)}
    left = left if len(left) < len(places) else set()
    distances = squared_distances(units[asked], units[places])
    distances[list(left)] = np.inf
    assert nearest(units[asked], units[places], left) == np.argmin(distances)


@given(values=numbers, count=st.integers(0, 31))
def test_the_largest_are_the_first_of_a_stable_sort(
    values: NDArray[np.float32], count: int
) -> None:
    expected = np.argsort(-values, kind="stable")[:count]
    assert largest(values, count).tolist() == expected.tolist()


@given(st.lists(st.sets(st.sampled_from(GENRES)), min_size=1, max_size=12))
def test_nearness_of_genres_is_the_distance_of_their_shares(genres: list[set[str]]) -> None:
    catalogue = Catalogue.of((str(number), names) for number, names in enumerate(genres))
    shares = np.array([[name in names for name in (*GENRES, "")] for names in genres], float)
    shares[:, -1] = shares.sum(axis=1) == 0
    shares /= shares.sum(axis=1, keepdims=True)
    for item in range(len(genres)):
        distances = np.linalg.norm(shares - shares[item], axis=1)
        assert by_genres(catalogue)(item) == pytest.approx(-distances, abs=1e-6)


@given(shown=st.lists(st.integers(0, 359), max_size=20))
@settings(deadline=None)
def test_what_rests_is_the_same_by_rounds_and_by_items(
    shown: list[int], likeness: Likeness
) -> None:
    found = likeness.nearest(shown, (2, 4, 16))
    for rounds in found:
        if not shown:
            assert (found[rounds] == -np.inf).all()
            continue
        rows = likeness.recent(shown, 16, slice(None))
        assert (found[rounds] == rows[:, :rounds].max(axis=1)).all()


class Drawn:
    """Vectors drawn at random, since only their use is tested."""

    name = "drawn"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rng = np.random.default_rng(0)
        return cast("NDArray[np.float32]", rng.standard_normal((len(texts), 8)).astype(np.float32))


@pytest.fixture(scope="module")
def likeness() -> Likeness:
    world = make_demo()
    vectors = LazyVectors(Drawn(), world.catalogue.titles, None)
    return Likeness(world.catalogue, vectors, world.half("train").rewards, world.users)
