"""What can be counted in a session: how soon kinds came back, and how genres were rated.

A kind is an item's set of genres; two kinds are alike if they share at least half of all that they
have. Nothing else is known here: no distance, no window, no cause of leaving.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nodes.state import Step
from simulator import Catalogue

ALIKE = 0.5  # Jaccard index of two sets of genres
LONGEST_REST = 8  # rounds; longer ones are counted together
BEST, LEAST_RATED = 2, 3  # genres named as best; the worst is told where so many were rated
GENRE_LIMIT = 20  # characters
KEPT_LIMIT = 8_000  # characters of the titles that are kept, the latest

Kind = frozenset[str]


@dataclass(frozen=True)
class Stays:
    """After how many rounds the user stayed, of how many."""

    stayed: int = 0
    of: int = 0

    def __add__(self, other: "Stays") -> "Stays":
        return Stays(self.stayed + other.stayed, self.of + other.of)

    def __str__(self) -> str:
        return f"{self.stayed} of {self.of}"


@dataclass(frozen=True)
class LastItem:
    """What the last item shared with the latest round of an alike kind, if there was one."""

    round: int
    ago: int
    shared: int
    genres: int


@dataclass(frozen=True)
class SessionFacts:
    """The counts of a session; `returned` is by the rounds since an alike kind was shown."""

    returned: dict[int, Stays]
    new: Stays
    last: LastItem | None
    ratings: list[tuple[str, float, int]]
    user_left: bool


def alike(one: Kind, other: Kind) -> bool:
    """Whether two kinds share at least half of their genres; items without genres are alike."""
    return len(one & other) >= ALIKE * len(one | other)


def session_facts(steps: Sequence[Step], catalogue: Catalogue) -> SessionFacts:
    """Counts the rounds of a session."""
    kinds = [_kind(step["item"], catalogue) for step in steps]
    returned: defaultdict[int, Stays] = defaultdict(Stays)
    new = Stays()
    last: LastItem | None = None
    for at, (step, kind) in enumerate(zip(steps, kinds, strict=True)):
        stay = Stays(int(step["quit"] is None), 1)
        before = next((then for then in reversed(range(at)) if alike(kind, kinds[then])), None)
        if before is None:
            new, last = new + stay, None
            continue
        rest = at - before
        returned[min(rest, LONGEST_REST)] += stay
        last = LastItem(before + 1, rest, len(kind & kinds[before]), len(kind))
    left = bool(steps) and steps[-1]["quit"] is not None
    return SessionFacts(dict(sorted(returned.items())), new, last, _ratings(steps, kinds), left)


def facts_text(facts: SessionFacts) -> str:
    """The counts as lines of a prompt."""
    rests = rests_text(facts.returned, facts.new)
    return "\n".join(filter(None, (rests, _last(facts), _rated(facts))))


def rests_text(returned: Mapping[int, Stays], new: Stays) -> str:
    """How often users stayed, by the rest of a kind."""
    counts: list[str] = []
    for rest, stays in returned.items():
        unit = "" if counts else " round" if rest == 1 else " rounds"
        more = " or more" if rest == LONGEST_REST else ""
        counts.append(f"after {rest}{more}{unit}: {stays}{'' if counts else ' stayed'}")
    told = f"Kinds that came back: {', '.join(counts)}. " if counts else ""
    return f"{told}New kinds: {new}{'' if counts else ' stayed'}."


def kept_titles(steps: Sequence[Step]) -> list[str]:
    """The items after which the user stayed, in order."""
    kept, left = list[str](), KEPT_LIMIT
    for step in reversed(steps):
        left -= len(step["item"])
        if left < 0:
            break
        if step["quit"] is None:
            kept.append(step["item"])
    return kept[::-1]


def _kind(title: str, catalogue: Catalogue) -> Kind:
    return frozenset(catalogue.genres_of(title))


def _ratings(steps: Sequence[Step], kinds: Sequence[Kind]) -> list[tuple[str, float, int]]:
    """Genres with their mean rating and number of ratings, best first; an end shows no rating."""
    given: defaultdict[str, list[float]] = defaultdict(list)
    for step, kind in zip(steps, kinds, strict=True):
        for genre in kind if step["quit"] is None else ():
            given[genre].append(step["reward"])
    means = [(genre, sum(rated) / len(rated), len(rated)) for genre, rated in given.items()]
    return sorted(means, key=lambda one: (-round(one[1], 1), -one[2], one[0]))


def _last(facts: SessionFacts) -> str:
    if not facts.user_left:
        return ""
    if facts.last is None:
        return "The last item, after which the user left, was of a new kind."
    last, unit = facts.last, "round" if facts.last.ago == 1 else "rounds"
    return (
        f"The last item, after which the user left, shared {last.shared} of {last.genres} genres "
        f"with round {last.round}, {last.ago} {unit} before."
    )


def _rated(facts: SessionFacts) -> str:
    told = [f"{genre[:GENRE_LIMIT]} {mean:.1f} ({count})" for genre, mean, count in facts.ratings]
    if not told:
        return ""
    worst = f"; worst: {told[-1]}" if len(told) >= LEAST_RATED else ""
    return f"Best rated: {', '.join(told[:BEST])}{worst}."
