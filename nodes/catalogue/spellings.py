"""Which titles are spelt nearly like another, whatever the order of their words."""

from collections.abc import Sequence

import numpy as np

CUTOFF = 90.0  # percent of the letters of both titles
MOST = 5


class Spellings:
    """Normalised titles with their words in order, the shortest first.

    Titles that share 90 % of their letters have similar lengths, so few others are compared.
    """

    def __init__(self, titles: Sequence[str]) -> None:
        ordered = [_ordered(title) for title in titles]
        lengths = np.fromiter(map(len, ordered), np.int64, len(ordered))
        self._items = np.argsort(lengths, kind="stable")
        self._lengths = lengths[self._items]
        self._titles = [ordered[item] for item in self._items]

    def similar(self, title: str) -> list[int]:
        """The items whose titles are most similar to a normalised one, the best first."""
        from rapidfuzz import fuzz, process

        asked = _ordered(title)
        # of two lengths that sum to s, the smaller is at least s * CUTOFF / 200
        least = len(asked) * CUTOFF / (200 - CUTOFF) - 1
        most = len(asked) * (200 - CUTOFF) / CUTOFF + 1
        start, end = np.searchsorted(self._lengths, [least, most])
        matches = process.extract(
            asked, self._titles[start:end], scorer=fuzz.ratio, score_cutoff=CUTOFF, limit=None
        )
        found = [(-score, int(self._items[start + place])) for _, score, place in matches]
        return [item for _, item in sorted(found)[:MOST]]


def _ordered(title: str) -> str:
    return " ".join(sorted(title.split()))
