"""What the Critic recalls: returns of similar situations, and what they say of this one."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from nodes.context import Context
from nodes.learning import values
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import quoted, titles_of
from simulator import clean_title, plain
from stores import Hit, Origin, origin_of

NEAREST = 40  # see `python -m benchmarks retrieval`: fewer foretell less
FETCHED = (NEAREST, 4 * NEAREST, 16 * NEAREST)  # rows; more where one user has most of them
LARGEST_SHARE = 0.25  # of the values, of one user
SAME = 0.05  # a squared distance at which a value weighs half as much as at none
EXAMPLES = 4
EXAMPLE_TITLES = 3
TEXT_LIMIT = 300


@dataclass(frozen=True)
class Recalled:
    """Rows with values of similar situations, nearest first; `values` come with distances."""

    hits: Sequence[Hit]
    values: Sequence[tuple[float, float]]

    @property
    def mean(self) -> float | None:
        """The mean value, the nearer the heavier; None if there are none."""
        weights = [1 / (1 + distance / SAME) for _, distance in self.values]
        if not weights:
            return None
        pairs = zip(weights, self.values, strict=True)
        return sum(weight * value for weight, (value, _) in pairs) / sum(weights)


async def recall_values(state: EpisodeState, text: str, context: Context, parts: Parts) -> Recalled:
    """The k nearest values; in the paper, those within tau_C, the session's own among them."""
    if context.learning == "paper":
        own = values(state)
        hits = await asyncio.to_thread(
            parts.memories.within, "values", text, context.tau_critic, own=own
        )
        return Recalled(hits, [(newest_first(hit)[0], 0.0) for hit in hits])
    for rows in FETCHED:
        hits = await asyncio.to_thread(parts.memories.nearest, "values", text, rows)
        recalled = nearest_values(hits)
        if len(recalled.values) == NEAREST or len(hits) < rows:
            break
    return recalled


def nearest_values(hits: Sequence[Hit], k: int = NEAREST) -> Recalled:
    """The k nearest values, the newest first where a row has several, and the rows they are of.

    No user has more than a quarter of the k, so that nobody decides alone what they are.
    """
    known, rows, counts = list[tuple[float, float]](), list[Hit](), Counter[Origin]()
    for hit in hits:
        if len(known) == k:
            break
        own = list[tuple[float, float]]()
        for key, fact in hit.row.newest():
            origin = origin_of("values", key, fact)
            if counts[origin] < k * LARGEST_SHARE and len(known) + len(own) < k:
                counts[origin] += 1
                own.append((float(fact["target"]), hit.distance))
        known += own
        rows += [hit] * bool(own)
    return Recalled(rows, known)


def newest_first(hit: Hit) -> list[float]:
    """The values of a row."""
    return [float(fact["target"]) for _, fact in hit.row.newest()]


def examples_text(recalled: Recalled, context: Context) -> str:
    """The nearest situations and the mean of their values, a line each."""
    lines = []
    for hit in recalled.hits[:EXAMPLES]:  # cleaned here, since a memory may have been imported
        known = newest_first(hit)
        if context.learning == "paper":
            titles = [clean_title(title) for title in titles_of(hit.row.text)[-EXAMPLE_TITLES:]]
            lines.append(f"- after {', '.join(map(quoted, titles))}: worth {known[0]:.1f}")
        else:
            text = quoted(plain(hit.row.text, TEXT_LIMIT))
            lines.append(f"- {text}: worth {sum(known) / len(known):.1f}")
    return "\n".join(lines)
