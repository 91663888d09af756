"""What can go wrong with a world, and the hint for a mistyped name."""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


class WorldError(ValueError):
    """A world, user or item that does not exist or cannot be used; the message says what to do."""


class WorldWarning(UserWarning):
    """A world that was built and can be played on, but tells little; the message says why."""


LONGEST_NAME = 100  # characters that are compared


def name_hint(name: str, known: Iterable[str], plural: str) -> str:
    """The most similar known name as a question, or else the list of all known names."""
    names = list(known)
    close = get_close_matches(name, names, n=1) or get_close_matches(name.lower(), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known {plural}: {', '.join(names)}"


def nearest_first(name: str, known: Iterable[str]) -> list[str]:
    """All known names, those spelt most like this one first."""
    near = name[:LONGEST_NAME]
    return sorted(known, key=lambda other: -SequenceMatcher(None, near, other).ratio())
