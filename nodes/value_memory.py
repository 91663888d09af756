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
from stores import Entry, Hit, Origin, origin_of, round_of

NEAREST = 40  # see `python -m benchmarks retrieval`: fewer foretell less
FETCHED = (4 * NEAREST, 16 * NEAREST)  # rows; more where one user has most of them
LARGEST_SHARE = 0.25  # of the values, of one user
SAME = 0.05  # a squared distance at which a value weighs half as much as at none
SAME_ROUND = 2  # rounds from this one at which it weighs half as much as in the same
EXAMPLES = 4
EXAMPLE_TITLES = 3
TEXT_LIMIT = 300


@dataclass(frozen=True)
class Recalled:
    """Rows with values of similar situations, and these values with weights, heaviest first."""

    hits: Sequence[Hit]
    values: Sequence[tuple[float, float]]

    @property
    def mean(self) -> float | None:
        """The mean value by weight; None if there are none."""
        if not self.values:
            return None
        whole = sum(weight for _, weight in self.values)
        return sum(value * weight for value, weight in self.values) / whole


async def recall_values(state: EpisodeState, text: str, context: Context, parts: Parts) -> Recalled:
    """The k nearest values; in the paper, those within tau_C, the session's own among them."""
    if context.learning == "paper":
        own = values(state)
        hits = await asyncio.to_thread(
            parts.memories.within, "values", text, context.tau_critic, own=own
        )
        return Recalled(hits, [(newest_first(hit)[0], 1.0) for hit in hits])
    for rows in FETCHED:
        hits = await asyncio.to_thread(parts.memories.nearest, "values", text, rows)
        recalled = nearest_values(hits, len(state["steps"]) + 1)
        if len(recalled.values) == NEAREST or len(hits) < rows:
            break
    return recalled


def nearest_values(hits: Sequence[Hit], round_: int, k: int = NEAREST) -> Recalled:
    """The k values nearest in text and in round, the newest first of those equally near.

    In late rounds the best items are gone, which a text does not tell. No user has more than a
    quarter of the k, so that nobody decides alone what they are.
    """
    weighed = [
        (_weight(hit, fact, round_), hit, key, fact)
        for hit in hits
        for key, fact in hit.row.newest()
    ]
    weighed.sort(key=lambda one: one[0], reverse=True)
    known, rows, counts = list[tuple[float, float]](), dict[int, Hit](), Counter[Origin]()
    for weight, hit, key, fact in weighed:
        if len(known) == k:
            break
        origin = origin_of("values", key, fact)
        if counts[origin] < k * LARGEST_SHARE:
            counts[origin] += 1
            known.append((float(fact["target"]), weight))
            rows.setdefault(id(hit), hit)
    return Recalled(list(rows.values()), known)


def _weight(hit: Hit, fact: Entry, round_: int) -> float:
    """What a value weighs, which was learned in a round of some session."""
    apart = abs(round_of(int(fact["at"])) - round_)
    return 1 / ((1 + hit.distance / SAME) * (1 + apart / SAME_ROUND))


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
