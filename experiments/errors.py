"""Errors of commands that the user can mend; each message says how."""

import sys


class MissingExtraError(RuntimeError):
    """An optional part is not installed; the message is the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(
            f"{what} need the extra {extra!r}: in the clone, give "
            f"{sys.executable} -m pip install -e '.[{extra}]'"
        )


class RunError(ValueError):
    """A run that cannot be started or continued."""
