"""What can go wrong with a command that is nobody else's fault."""


class MissingExtraError(RuntimeError):
    """An optional part is not installed; the message is the command that installs it."""

    def __init__(self, what: str, extra: str) -> None:
        super().__init__(f"{what} need the extra {extra!r}: pip install 'billp[{extra}]'")


class RunError(ValueError):
    """A run that cannot be begun or gone on with; the message says why, and what to do."""
