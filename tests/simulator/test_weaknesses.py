"""What is wrong with a world is said by name, with figures and with what to change."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from simulator import load_world
from simulator.building.describe import made_card
from simulator.building.weaknesses import WEAKNESSES, weaknesses

DOCS = Path(__file__).resolve().parents[2] / "docs" / "worlds.md"


@pytest.fixture(scope="module")
def good() -> dict[str, Any]:
    """The card of a world without weaknesses, as one from a log would have it."""
    card = made_card(load_world("demo"))
    half = {"auc_deepfm": 0.8, "auc_popularity": 0.7, "rmse_deepfm": 0.80, "rmse_biases": 0.85}
    card["statistics"] |= {"train": 900, "test": 900, "share_with_genres": 1.0}
    return card | {"fit": {"train": half, "test": dict(half)}, "negatives": 2.0}


def test_a_good_world_has_none(good: dict[str, Any]) -> None:
    assert weaknesses(good) == []
    assert good["warnings"] == []


def lasts(card: dict[str, Any], **lengths: float) -> None:
    for policy, length in lengths.items():
        card["reference"][policy.replace("_", "-")]["len"] = length


def rewards(card: dict[str, Any], *, below_two: int, above: int) -> None:
    bins = len(card["distributions"]["reward_edges"]) - 1
    card["distributions"]["rewards"]["test"] = [below_two, *[0] * (bins - 2), above]


CASES: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "too few items": (
        lambda card: card["statistics"].update(items=80),
        "with 80 items a session is over after 80 rounds",
    ),
    "everything is disliked": (
        lambda card: rewards(card, below_two=98, above=2),
        "only 2.0% of all pairs of a user and an item would be rated 2 or more; build it with "
        "fewer negatives than 2 (--negatives 0.5)",
    ),
    "nothing is disliked": (
        lambda card: rewards(card, below_two=1, above=99),
        "99.0% of all pairs are expected to be rated 2 or more, so tastes hardly matter; build it "
        "with more negatives (--negatives 4)",
    ),
    "tastes are not learned": (
        lambda card: [
            fit.update(auc_deepfm=0.55, rmse_deepfm=0.85) for fit in card["fit"].values()
        ],
        "(AUC 0.55, chance is 0.5)",
    ),
    "greedy is not bored": (
        lambda card: lasts(card, greedy=12.34, genre_aware=60),
        "greedy lasts 12.3 rounds, and at most 5 leave room",
    ),
    "genres do not help": (
        lambda card: lasts(card, greedy=4, genre_aware=6),
        "genre-aware lasts 6.0 rounds, greedy 4.0, and 3 times as long is expected",
    ),
    "the oracle does not last": (
        lambda card: lasts(card, oracle=30),
        "it lasts 30.0 rounds, and 90 are expected",
    ),
    "chance is enough": (
        lambda card: lasts(card, random=85, oracle=95),
        "random lasts 85.0 rounds, the oracle 95.0",
    ),
}


@pytest.mark.parametrize("name", WEAKNESSES)
def test_each_weakness_is_said_alone_with_its_figures(name: str, good: dict[str, Any]) -> None:
    card = deepcopy(good)
    change, said = CASES[name]
    change(card)
    [line] = weaknesses(card)
    assert line.startswith(f"{name}: ")
    assert said in line


def test_items_without_genres_are_named_as_the_cause(good: dict[str, Any]) -> None:
    card = deepcopy(good)
    card["statistics"]["share_with_genres"] = 0.0
    lasts(card, greedy=4, genre_aware=6)
    assert "only 0% of the items have genres: name them" in weaknesses(card)[0]


def test_ratings_that_are_low_without_negatives_are_named_as_the_cause(
    good: dict[str, Any],
) -> None:
    card = deepcopy(good) | {"negatives": 0.0}
    rewards(card, below_two=98, above=2)
    assert "the log's own ratings are low" in weaknesses(card)[0]


def test_each_weakness_is_explained_in_the_docs() -> None:
    page = DOCS.read_text(encoding="utf-8")
    assert [name for name in WEAKNESSES if f"### {name}\n" not in page] == []
