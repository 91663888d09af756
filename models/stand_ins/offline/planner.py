"""The stand-in as Planner: arithmetic on the counts and ratings that its prompt states."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from models.stand_ins.offline.counts import Counts, read_counts
from models.stand_ins.offline.reading import Brief, Dice, Shown

NAMED = re.compile(r"^(?:Shown in this session|Never shown): (.*)$", re.MULTILINE)
AGO = re.compile(r" (\d+)(?: rounds? ago)?$")
NEUTRAL, NEUTRAL_WEIGHT = 3.0, 2.0  # the rating of an unknown genre, and its weight in ratings
IN_BRIEF = 2  # ratings that a genre's mean over earlier rounds counts as, at most
VIEWED, LEFT = 4.5, 1.0  # what a view, and an item after which the user left, say of a genre
CERTAIN = 0.5  # a chance below that of nothing counted is avoided
LEAST, MOST, CLOSE = 2, 3, 0.9  # genres of a plan; the third has to be nearly as good as the best
UNDECIDED = 0.02  # by how much chance may decide between genres


def plan(
    viewed: Sequence[Shown],
    session: Sequence[Shown],
    before: Brief,
    genres: str,
    principles: str,
    kept: str,
    dice: Dice,
) -> str:
    """The genres with the best product of liking and chance of staying.

    Without counts in its principles it plans what it likes most, as people do. It names all items
    that are said to have kept others, where anything is known of the user.
    """
    named = _named(genres)
    told = {genre: ago for genre, ago in named.items() if ago is not None}
    counts, rests = read_counts(principles), {**told, **_rests(session)}
    liking = _liking(viewed, session, before, named)
    if not liking:
        return "Next: something widely liked. Little is known of this user yet."

    def score(genre: str) -> float:
        luck = 1.0 + UNDECIDED * dice.roll(genre)
        return liking[genre] * counts.chance(rests.get(genre)) * luck

    best = sorted(liking, key=lambda genre: (-score(genre), genre))[:MOST]
    target = [g for at, g in enumerate(best) if at < LEAST or score(g) >= CLOSE * score(best[0])]
    liked = sorted(liking, key=lambda genre: (-liking[genre], genre))[:3]
    tired = _tired(rests, counts, target)
    avoid = f" Avoid for now: {', '.join(tired)}." if tired else ""
    such = f" Such as {kept}." if kept else ""
    return f"Next: {', '.join(target)}.{avoid} The user likes {', '.join(liked)}.{such}"


def _liking(
    viewed: Sequence[Shown], session: Sequence[Shown], before: Brief, named: Iterable[str]
) -> Mapping[str, float]:
    """The expected rating of each known genre above the lowest one, shrunk to a neutral one."""
    known: defaultdict[str, list[float]] = defaultdict(list)
    for genre in named:
        known[genre] = []
    for shown in viewed:
        for genre in shown.genres:
            known[genre].append(VIEWED)
    for genre, (rating, count) in before.genres.items():
        known[genre] += [rating] * min(count, IN_BRIEF)
    for shown in session:
        for genre in shown.genres:
            known[genre].append(LEFT if shown.rating is None else shown.rating)
    prior = NEUTRAL * NEUTRAL_WEIGHT
    return {
        genre: (prior + sum(ratings)) / (NEUTRAL_WEIGHT + len(ratings)) - 1.0
        for genre, ratings in known.items()
    }


def _rests(session: Sequence[Shown]) -> dict[str, int]:
    """How many rounds before the coming one each genre was shown last."""
    rests: dict[str, int] = {}
    for ago, shown in enumerate(reversed(session), start=1):
        for genre in shown.genres:
            rests.setdefault(genre, ago)
    return rests


def _named(genres: str) -> dict[str, int | None]:
    """The genres of the catalogue that the prompt names, each with the rounds since it was shown.

    One that was not shown has none.
    """
    found: dict[str, int | None] = {}
    for line in NAMED.findall(genres):
        for told in line.split(", "):
            ago = AGO.search(told)
            found[told[: ago.start()] if ago else told] = int(ago[1]) if ago else None
    return found


def _tired(rests: Mapping[str, int], counts: Counts, target: Sequence[str]) -> list[str]:
    """Genres shown so lately that users mostly left, by the counts."""
    return [
        genre
        for genre, rest in rests.items()
        if counts.chance(rest) < CERTAIN and genre not in target
    ]
