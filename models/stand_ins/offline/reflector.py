"""The stand-in as Reflector: it says how long a rest the counts of the session speak for."""

from collections.abc import Sequence

from models.stand_ins.offline.counts import Counts, read_counts
from models.stand_ins.offline.reading import Shown

COUNTED = ("Kinds that came back:", "New kinds:")


def reflect(session: Sequence[Shown], facts: str) -> str:
    """The lines of the form for which it has a number: it does not know why users leave."""
    left = bool(session) and session[-1].rating is None
    counts = read_counts("\n".join(x for x in facts.splitlines() if x.startswith(COUNTED)))
    lines = [f"Why: {'unknown' if left else 'stayed'}"]
    if counts.rests:  # shorter rests than those that were counted are no experience
        lines.append(f"Rest: {max(best_rest(counts), counts.rests[0])}")
    return "\n".join(lines)


def best_rest(counts: Counts) -> int:
    """From how many rounds on users stayed and before which they left, for most of the rounds."""

    def agreeing(rest: int) -> int:
        stayed = sum(counts.stayed.get(one, 0) for one in counts.rests if one >= rest)
        short = [one for one in counts.rests if one < rest]
        return stayed + sum(counts.of[one] - counts.stayed.get(one, 0) for one in short)

    return max((1, *(one + 1 for one in counts.rests)), key=lambda rest: (agreeing(rest), -rest))
