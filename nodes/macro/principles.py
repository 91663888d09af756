"""Which reflections of earlier sessions the Planner is given."""

from collections.abc import Iterable, Sequence

import numpy as np

from nodes.context import Context
from nodes.parts import Parts
from nodes.situation import situation
from nodes.state import EpisodeState
from stores import Embedder, Hit, is_retired, merge, utility, went_well

NEAR = 16  # reflections among which the K are chosen
FETCHED = 2 * NEAR  # some of them may be retired or say the same


def initial_situation(state: EpisodeState, context: Context, parts: Parts) -> str:
    """The text of the state in which a session began, by which its reflection is found."""
    return situation(state["history"], [], parts.world.catalogue, context.learning)


def principles_for(state: EpisodeState, context: Context, parts: Parts) -> list[Hit]:
    """K reflections that are near, useful and unlike; in the paper the K nearest (Eq. 5)."""
    wanted, initial = context.reflections, initial_situation(state, context, parts)
    if wanted == 0 or context.learning == "paper":
        return parts.memories.nearest("reflections", initial, wanted)
    expected = parts.memories.expectation()
    found = distinct(parts.memories.nearest("reflections", initial, FETCHED))
    near = [hit for hit in found if not is_retired(hit.row, expected)][:NEAR]
    worth = [1.0 - hit.distance / 2.0 + utility(hit.row, expected) for hit in near]
    well = [went_well(hit.row, expected) for hit in near]
    return [near[at] for at in chosen(worth, _likeness(near, parts.embedder), well, wanted)]


def distinct(hits: Iterable[Hit]) -> list[Hit]:
    """One hit a text, the nearest, with the facts of all that say the same."""
    by_text: dict[str, Hit] = {}
    for hit in hits:
        known = by_text.get(hit.row.text)
        by_text[hit.row.text] = Hit(merge(known.row, hit.row), known.distance) if known else hit
    return list(by_text.values())


def chosen(
    worth: Sequence[float], likeness: Sequence[Sequence[float]], well: Sequence[bool], count: int
) -> list[int]:
    """Greedy maximal marginal relevance: the most worth less the likeness to those chosen before.

    Of two or more, one went well and one did not, if there are both.
    """
    taken: list[int] = []
    while len(taken) < min(count, len(worth)):
        left = [at for at in range(len(worth)) if at not in taken]
        is_last = len(taken) == count - 1
        if taken and is_last and len(kinds := {well[at] for at in taken}) == 1:
            left = [at for at in left if well[at] not in kinds] or left
        best = max(
            left, key=lambda at: worth[at] - max((likeness[at][one] for one in taken), default=0.0)
        )
        taken.append(best)
    return taken


def _likeness(hits: Sequence[Hit], embedder: Embedder) -> Sequence[Sequence[float]]:
    """The cosine of every two texts."""
    if not hits:
        return []
    vectors = embedder.embed([hit.row.text for hit in hits])
    cosines: list[list[float]] = np.asarray(vectors @ vectors.T, np.float64).tolist()
    return cosines
