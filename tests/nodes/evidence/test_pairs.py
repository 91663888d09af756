"""Pairs of items: those after which users stayed fit, and those of a departure are blamed."""

import numpy as np
import pytest

from nodes.evidence.pairs import FITS, MORE_ALIKE, MOST_BLAME, Pairs, ShownRound, pairs_of
from stores import Origin

WINDOWS = (1, 2, 4, 8)
ANN: Origin = ("user", 1)


def session(
    titles: str, *, left: bool = False, number: int = 1, user: Origin | None = None
) -> list[ShownRound]:
    """A round a letter; whoever leaves does so in the last. Each has a user of its own."""
    last, user = len(titles), user or ("user", number)
    return [
        ShownRound(user, number, at, title, stayed=not (left and at == last))
        for at, title in enumerate(titles, 1)
    ]


def moved(pairs: Pairs, one: str, other: str, within: int = 4) -> float:
    """By how much users found a pair more alike than was guessed."""
    felt = pairs.felt(np.zeros((1, 1)), [one], [other], within)
    assert felt == pairs.felt(np.zeros((1, 1)), [other], [one], within)
    return float(felt[0, 0])


def test_nothing_is_told_of_what_was_never_shown_together() -> None:
    pairs = pairs_of([*session("ab"), *session("cd", number=2)], WINDOWS)
    assert moved(pairs, "a", "c") == 0.0


def test_a_pair_fits_within_the_rounds_in_which_users_stayed() -> None:
    pairs = pairs_of(session("axxb"), WINDOWS)
    assert [moved(pairs, "a", "b", within) for within in WINDOWS] == [0.0, 0.0, FITS, FITS]


def test_pairs_of_a_departure_share_the_blame() -> None:
    pairs = pairs_of(session("abc", left=True), WINDOWS)
    assert moved(pairs, "b", "c", 1) == MORE_ALIKE
    assert moved(pairs, "a", "c", 1) == 0.0
    assert moved(pairs, "b", "c", 4) == moved(pairs, "a", "c", 4) == MORE_ALIKE / 2
    assert moved(pairs, "a", "b", 4) == FITS


def test_a_pair_that_fits_takes_no_blame() -> None:
    pairs = pairs_of([*session("ac"), *session("abc", left=True, number=2)], WINDOWS)
    assert moved(pairs, "a", "c") == FITS
    assert moved(pairs, "b", "c") == MORE_ALIKE


def test_blame_adds_up_to_a_bound() -> None:
    times = int(MOST_BLAME) + 3
    left = [one for at in range(times) for one in session("ab", left=True, number=at)]
    assert moved(pairs_of(left, WINDOWS), "a", "b") == MORE_ALIKE * MOST_BLAME


@pytest.mark.parametrize(("left", "fits"), [(4, True), (5, False)])
def test_one_who_stayed_does_not_outweigh_many_who_left(left: int, fits: bool) -> None:
    told = session("ab", number=99)
    told += [one for at in range(left) for one in session("ab", left=True, number=at)]
    assert (moved(pairs_of(told, WINDOWS), "a", "b") == FITS) is fits


def test_a_user_counts_once() -> None:
    told = [one for at in range(5) for one in session("ab", left=True, number=at)]
    often = session("abababab", number=9)
    assert moved(pairs_of([*told, *often], WINDOWS), "a", "b") == MORE_ALIKE * MOST_BLAME
    left = [one for at in range(5) for one in session("cd", left=True, number=at, user=ANN)]
    assert moved(pairs_of(left, WINDOWS), "c", "d") == MORE_ALIKE


def test_sessions_of_one_number_are_told_apart_by_their_users() -> None:
    pairs = pairs_of([session("ab")[0], session("cd", user=("user", 2))[1]], WINDOWS)
    assert moved(pairs, "a", "d") == 0.0


def test_a_round_that_is_missing_keeps_its_place() -> None:
    told = session("axb")
    pairs = pairs_of([told[0], told[2]], WINDOWS)
    assert [moved(pairs, "a", "b", within) for within in (1, 2)] == [0.0, FITS]


def test_nobody_has_told_anything_yet() -> None:
    alike = np.array([[0.5, -1.0]])
    assert pairs_of([], WINDOWS).felt(alike, ["a"], ["b", "c"], 4).tolist() == alike.tolist()
    assert Pairs().felt(np.empty((2, 0)), ["a", "b"], [], 4).shape == (2, 0)
