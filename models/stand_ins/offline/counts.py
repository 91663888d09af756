"""How often users stayed after so many rounds of rest, as texts of a prompt count it."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

RETURNED = re.compile(
    r"\bafter (\d{1,3})( or more)?(?: rounds?)?: (\d{1,4}) of (\d{1,4})(?![\d…])", re.IGNORECASE
)
NEW = re.compile(r"\bnew kinds: (\d{1,4}) of (\d{1,4})(?![\d…])", re.IGNORECASE)
FADING = 0.5  # for each round between a rest without counts and the nearest one that has some


@dataclass(frozen=True)
class Counts:
    """Rounds after which the user stayed, and all rounds, by rest; and those of new kinds.

    Longer rests than `longest` are counted as if they were as long.
    """

    stayed: Mapping[int, int] = field(default_factory=dict)
    of: Mapping[int, int] = field(default_factory=dict)
    new_stayed: int = 0
    new_of: int = 0
    longest: int | None = None

    @property
    def rests(self) -> list[int]:
        """The numbers of rounds for which there are counts."""
        return sorted(rest for rest, count in self.of.items() if count)

    def chance(self, rest: int | None) -> float:
        """The chance that the user stays for a kind shown so many rounds ago, or never.

        It is 1/2 where nothing was counted, as if two rounds had gone one way each. A rest without
        counts takes those of the nearest ones, fading.
        """
        if rest is None:
            return (self.new_stayed + 1) / (self.new_of + 2)
        known, rest = self.rests, min(rest, self.longest or rest)
        apart = min((abs(one - rest) for one in known), default=0)
        near = [one for one in known if abs(one - rest) == apart]
        stayed, of = (sum(counts.get(one, 0) for one in near) for counts in (self.stayed, self.of))
        weight = FADING**apart
        return (weight * stayed + 1) / (weight * of + 2)


def read_counts(text: str) -> Counts:
    """The sums of all counts that a text states."""
    stayed, of, longest = Counter[int](), Counter[int](), list[int]()
    for rest, more, *rounds in RETURNED.findall(text):
        stays, shown = map(int, rounds)
        if stays <= shown:
            stayed[int(rest)] += stays
            of[int(rest)] += shown
            longest += [int(rest)] if more else []
    new = [(int(stays), int(rounds)) for stays, rounds in NEW.findall(text)]
    new = [one for one in new if one[0] <= one[1]]
    new_stayed, new_of = (sum(one[at] for one in new) for at in (0, 1))
    return Counts(stayed, of, new_stayed, new_of, min(longest, default=None))
