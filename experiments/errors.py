"""Errors of commands that the user can mend; each message says how."""

import sys
from collections.abc import Iterable

USER_ERROR = 2  # exit code of a command that refuses what it was asked


class MissingExtraError(RuntimeError):
    """An optional part is not installed; the message is the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} need the extra {extra!r}: in the clone, give "
            f"{sys.executable} -m pip install -e '.[{extra}]'"
        )


class RunError(ValueError):
    """A run that cannot be started or continued."""


class UnknownNameError(RunError):
    """A name that nothing has; the message names the nearest one."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        super().__init__(f"unknown {what} {name!r}: {nearest(name, known)}")


def one_line(text: str) -> str:
    """Text from outside on one line, without control characters."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def nearest(name: str, known: Iterable[str], plural: str = "") -> str:
    """The most similar known name as a question, or else the list of all known names.

    It is `simulator.errors.name_hint` for those who must not load the simulator.
    """
    from difflib import get_close_matches

    names = list(known)
    close = get_close_matches(name, names, n=1) or get_close_matches(name.lower(), names, n=1)
    return (
        f"did you mean {close[0]!r}?"
        if close
        else f"known{plural and f' {plural}'}: {', '.join(names)}"
    )
