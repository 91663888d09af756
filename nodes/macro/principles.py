"""Which reflections of earlier sessions the Planner is given."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nodes.context import Context
from nodes.macro.principle_text import principle_text
from nodes.macro.reflection import read_fields
from nodes.parts import Parts
from nodes.situation import initial_situation, liked_before
from nodes.state import EpisodeState
from nodes.trajectory import state_text
from stores import (
    USED_BY,
    Embedder,
    Hit,
    Origin,
    Row,
    is_retired,
    merge,
    origin_of,
    squared_distances,
    utility,
    went_well,
)

NEAR = 16  # reflections among which the K are chosen
FETCHED, MOST_FETCHED = 2 * NEAR, 1024  # rows; some may be retired, say the same or be unreadable


@dataclass(frozen=True)
class Found:
    """A reflection in the words that a Planner is told, its row, and its distance.

    `found_by` is the text that is compared with the situation at hand.
    """

    text: str
    found_by: str
    row: Row
    distance: float = 0.0


def principles_for(state: EpisodeState, context: Context, parts: Parts) -> list[Found]:
    """K reflections that are near, useful and unlike; in the paper the K nearest (Eq. 5)."""
    wanted = context.reflections
    if wanted == 0:
        return []
    if context.learning == "paper":
        return nearest(state_text(state["history"], []), wanted, parts)[:wanted]
    initial = initial_situation(liked_before(state["history"], parts.world.catalogue))
    expected = parts.memories.expectation()
    found = distinct(nearest(initial, FETCHED, parts))
    near = [one for one in found if not is_retired(one.row, expected)][:NEAR]
    worth = [1.0 - one.distance / 2.0 + utility(one.row, expected) for one in near]
    well = [went_well(one.row, expected) for one in near]
    likeness, whose = _likeness(near, parts.embedder), [_origins(one.row) for one in near]
    return [near[at] for at in chosen(worth, likeness, well, wanted, whose)]


def nearest(situation: str, wanted: int, parts: Parts) -> list[Found]:
    """At least so many reflections, if there are, by the distance of what code writes of them.

    A row is filed under a text that an import may have made up. Only those filed under the text
    that follows from their fields count as found; the others take their place among them.
    """
    fetched = max(FETCHED, wanted)
    while True:
        hits = parts.memories.nearest("reflections", situation, fetched)
        found = [one for hit in hits if (one := _read(hit, parts))]
        as_filed = sum(one.found_by == one.row.found_by for one in found)
        if as_filed >= wanted or len(hits) < fetched or fetched >= MOST_FETCHED:
            break
        fetched *= 4
    if not found:
        return []
    asked, *vectors = parts.embedder.embed([situation, *(one.found_by for one in found)])
    distances = squared_distances(asked, np.stack(vectors)).tolist()
    told = [replace(one, distance=far) for one, far in zip(found, distances, strict=True)]
    return sorted(told, key=lambda one: (one.distance, -one.row.touched, one.row.id))


def distinct(found: Iterable[Found]) -> list[Found]:
    """One reflection a text, the nearest, with the facts of all that say the same."""
    by_text: dict[str, Found] = {}
    for one in found:
        known = by_text.get(one.text)
        by_text[one.text] = replace(known, row=merge(known.row, one.row)) if known else one
    return list(by_text.values())


def chosen(
    worth: Sequence[float],
    likeness: Sequence[Sequence[float]],
    well: Sequence[bool],
    count: int,
    whose: Sequence[frozenset[Origin]] | None = None,
) -> list[int]:
    """Greedy maximal marginal relevance: the most worth less the likeness to those chosen before.

    At most one comes from a user, if others are there. Of two or more, one went well and one did
    not, if there are both.
    """
    taken: list[int] = []
    while len(taken) < min(count, len(worth)):
        left = [at for at in range(len(worth)) if at not in taken]
        if whose:
            told = frozenset[Origin]().union(*(whose[at] for at in taken))
            left = [at for at in left if not whose[at] <= told] or left
        is_last = len(taken) == count - 1
        if taken and is_last and len(kinds := {well[at] for at in taken}) == 1:
            left = [at for at in left if well[at] not in kinds] or left
        best = max(
            left, key=lambda at: worth[at] - max((likeness[at][one] for one in taken), default=0.0)
        )
        taken.append(best)
    return taken


def _read(hit: Hit, parts: Parts) -> Found | None:
    """A row by its fields; None for one of free text, as earlier versions wrote."""
    reflection = read_fields(hit.row.fields, parts.world.catalogue, parts.catalogue_search.genres)
    if reflection is None:
        return None
    text = principle_text(reflection)
    by_text = hit.row.situation is None
    return Found(text, text if by_text else initial_situation(reflection.likes), hit.row)


def _origins(row: Row) -> frozenset[Origin]:
    """The users that a reflection comes from."""
    facts = [one for one in row.entries.items() if not one[0].startswith(USED_BY)]
    return frozenset(origin_of("reflections", key, entry) for key, entry in facts)


def _likeness(found: Sequence[Found], embedder: Embedder) -> Sequence[Sequence[float]]:
    """The cosine of every two texts."""
    if not found:
        return []
    vectors = embedder.embed([one.text for one in found])
    cosines: list[list[float]] = np.asarray(vectors @ vectors.T, np.float64).tolist()
    return cosines
