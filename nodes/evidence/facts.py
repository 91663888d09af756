"""What is known of a round before its item is shown: the facts by which rounds are compared.

Likeness counts twice: as it is guessed (`alike`), and as earlier users found it (`felt`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nodes.evidence.pairs import Pairs
from nodes.expected import LONGEST, expected_ratings
from nodes.parts import Parts
from nodes.state import EpisodeState, Step
from nodes.trajectory import items_of
from simulator.arrays import Ratings

Facts = Mapping[str, float]

RATING = "rating"
WINDOWS = (1, 2, 4, 8)  # rounds; which of them matters is for the evidence to find
UNLIKE = -3.0  # deviations, for sessions in which nothing was shown yet
KNOTS = (0.0, 1.0)  # deviations from which on being alike may count for more
LARGEST_FACT = 5.0
ALIKE = 0.6  # deviations from which on two items are of a kind
NO_PAIRS = Pairs()


@dataclass(frozen=True)
class Known:
    """The facts of an item, and how many rounds ago its kind was shown; None where it rests."""

    facts: Facts
    alike_ago: int | None


def known_of(
    items: Sequence[int],
    steps: Sequence[Step],
    expected: Ratings | None,
    parts: Parts,
    pairs: Pairs = NO_PAIRS,
) -> list[Known]:
    """What is known of these items after the steps of a session.

    `expected` are their ratings, `pairs` what other sessions told.
    """
    titles = parts.world.catalogue.titles
    shown = items_of([step["item"] for step in steps], parts.world.catalogue)[-LONGEST:]
    alike = np.empty((len(items), 0), np.float32)
    if shown:
        alike = parts.likeness.recent(shown, LONGEST, list(items))
    names, lately = [titles[item] for item in items], [titles[item] for item in reversed(shown)]
    facts: dict[str, NDArray[np.floating]] = {} if expected is None else {RATING: expected}
    for rounds in WINDOWS:
        guessed = alike[:, :rounds]
        facts[f"alike{rounds}"] = guessed.max(axis=1, initial=UNLIKE)
        felt = pairs.felt(guessed, names, lately[:rounds], rounds)
        facts[f"felt{rounds}"] = np.minimum(felt.max(axis=1, initial=UNLIKE), LARGEST_FACT)
    return [
        Known({name: round(float(of[at]), 3) for name, of in facts.items()}, _last_alike(row))
        for at, row in enumerate(alike.tolist())
    ]


def cause_of(name: str) -> str:
    """Why users may leave by a fact: over a rating, or over likeness within any window."""
    return RATING if name == RATING else "likeness"


def guess_of(name: str) -> str:
    """The fact that stands for one of users, where it was not yet kept: what was guessed then."""
    return name.replace("felt", "alike")


def knots_of(name: str) -> Sequence[float]:
    """The values of a fact above which it may count otherwise than below."""
    return () if name == RATING else KNOTS


def facts_of_rounds(state: EpisodeState, parts: Parts, pairs: Pairs = NO_PAIRS) -> list[Facts]:
    """The facts of each round of a session, as they were before it.

    There are none of an item that the catalogue no longer has.
    """
    found: list[Facts] = []
    for place, step in enumerate(state["steps"]):
        before, item = state["steps"][:place], parts.world.catalogue.find(step["item"])
        if item is None:
            found.append({})
            continue
        expected = expected_ratings(state["user"], before, parts, [item])
        found.append(known_of([item], before, expected, parts, pairs)[0].facts)
    return found


def _last_alike(nearest: Sequence[float]) -> int | None:
    """How many rounds ago an item of this kind was shown; None for a kind that rests longer."""
    return next((rounds for rounds, value in enumerate(nearest, 1) if value >= ALIKE), None)
