"""The stand-in as Reflector: repeats what was counted, and says how long a rest it speaks for."""

from collections.abc import Sequence

from models.stand_ins.offline.counts import Counts, read_counts
from models.stand_ins.offline.reading import Dice, Shown

COUNTED = ("Kinds that came back:", "New kinds:")
REST = ("Let a kind rest for {rest} before it returns.", "Show a kind again only after {rest}.")
NO_REST = (
    "These counts speak for no longer rest.",
    "By these counts kinds may come back as soon as they did.",
)
UNCOUNTED = (
    "Too little was shown to say what to do.",
    "One cannot tell from so little what to do.",
)


def reflect(session: Sequence[Shown], facts: str, dice: Dice) -> str:
    """The counts of the session in the prompt's own words, and the rest that they speak for."""
    left = bool(session) and session[-1].rating is None
    how = f"The user left in round {len(session)}." if left else "The user was there to the end."
    line = next((line for line in facts.splitlines() if line.startswith(COUNTED)), "")
    counts = read_counts(line)
    said = dice.pick(_advice(counts)).format(rest=_in_rounds(best_rest(counts)))
    return " ".join(filter(None, (how, line, said)))


def best_rest(counts: Counts) -> int:
    """From how many rounds on users stayed and before which they left, for most of the rounds."""

    def agreeing(rest: int) -> int:
        stayed = sum(counts.stayed.get(one, 0) for one in counts.rests if one >= rest)
        short = [one for one in counts.rests if one < rest]
        return stayed + sum(counts.of[one] - counts.stayed.get(one, 0) for one in short)

    return max((1, *(one + 1 for one in counts.rests)), key=lambda rest: (agreeing(rest), -rest))


def _advice(counts: Counts) -> Sequence[str]:
    if not counts.rests:
        return UNCOUNTED
    return REST if best_rest(counts) > 1 else NO_REST


def _in_rounds(rest: int) -> str:
    return f"{rest} round{'' if rest == 1 else 's'} or more"
