"""The sentences in which a reflection is told to a Planner: all words are written here.

Nothing else of a stored reflection reaches a prompt, so a reply or an imported memory can bring in
no more than genres of the catalogue and numbers.
"""

from collections.abc import Sequence

from nodes.macro.reflection import Reflection
from nodes.macro.session_facts import rests_text

PRINCIPLE_LIMIT = 240  # characters, about 60 tokens

ENDS = {
    "bored": ("The user left in round {rounds}, bored{genres}.", " by "),
    "displeased": ("The user left in round {rounds}, displeased{genres}.", " by "),
    "unknown": ("The user left in round {rounds}{genres}.", " over "),
    "stayed": ("The user was still there after round {rounds}{genres}.", ", kept by "),
}
REST = "Let a kind rest for {rest} rounds or more."
NO_REST = "Kinds may come back at once."
SHOW = "Show {genres}."
AVOID = "Avoid {genres}."


def principle_text(reflection: Reflection) -> str:
    """A reflection in sentences, those that matter most first where not all have room."""
    by_worth = (
        rests_text(reflection.returned, reflection.new),
        _rest(reflection.rest),
        _end(reflection),
        _named(AVOID, reflection.avoid),
        _named(SHOW, [genre for genre in reflection.show if genre not in reflection.avoid]),
    )
    told, left = set[str](), PRINCIPLE_LIMIT
    for sentence in filter(None, by_worth):
        if len(sentence) <= left:
            told.add(sentence)
            left -= len(sentence) + 1
    counts, rest, end, avoid, show = by_worth
    return " ".join(one for one in (end, counts, rest, show, avoid) if one in told)


def _end(reflection: Reflection) -> str:
    """How the session ended, and over which genres."""
    sentence, over = ENDS[reflection.why]
    named = f"{over}{_listed(reflection.genres)}" if reflection.genres else ""
    return sentence.format(rounds=reflection.rounds, genres=named)


def _rest(rest: int | None) -> str:
    if rest is None:
        return ""
    return REST.format(rest=rest) if rest > 1 else NO_REST


def _named(sentence: str, genres: Sequence[str]) -> str:
    return sentence.format(genres=_listed(genres)) if genres else ""


def _listed(genres: Sequence[str]) -> str:
    """`A, B and C`."""
    *first, last = genres
    return f"{', '.join(first)} and {last}" if first else last
