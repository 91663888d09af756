"""What the Critic recalls: returns of similar situations, and what they say of this one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from nodes.context import Context
from nodes.learning import values
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import quoted, titles_of
from simulator import clean_title, plain
from stores import Hit

NEAREST = 40  # see `python -m benchmarks retrieval`: fewer foretell less
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
    return nearest_values(await asyncio.to_thread(parts.memories.nearest, "values", text, NEAREST))


def nearest_values(hits: Sequence[Hit], k: int = NEAREST) -> Recalled:
    """The k nearest values, the newest first where a row has several, and the rows they are of."""
    known = [(value, hit.distance) for hit in hits for value in newest_first(hit)][:k]
    rows = sum(hit.distance <= known[-1][1] for hit in hits) if known else 0
    return Recalled(hits[:rows], known)


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
