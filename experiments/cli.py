"""The command line: `billp demo|compare|train|evaluate|estimate|report|play|memory|world`."""

import argparse
import sys
from collections.abc import Sequence

DESCRIPTION = "Chat models that plan recommendations for the long run."
USER_ERROR, INTERRUPTED = 2, 130
LONGEST = 2000  # characters of an error message


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; an error that the user can cause is printed as one line, with exit code 2.

    Heavy modules are imported inside, so that Ctrl-C ends in one line from the first second on.
    """
    try:
        return _run(arguments)
    except KeyboardInterrupt:
        print("billp: interrupted", file=sys.stderr)  # noqa: T201
        return INTERRUPTED


def _run(arguments: Sequence[str] | None) -> int:
    import warnings

    options = parser().parse_args(arguments)
    warnings.showwarning = _print_line  # type: ignore[assignment]
    try:
        return int(options.run(options))
    except Exception as error:
        message = _user_message(error)
        if message is None:
            raise
        _print_line(message)
        return USER_ERROR


def _user_message(error: Exception) -> str | None:
    """The message of an error that the user can cause and mend; None for any other."""
    from pydantic import ValidationError

    from experiments.errors import MissingExtraError, RunError
    from models import CallError, ModelError
    from simulator import WorldError
    from stores import StoreError

    refused = (WorldError, StoreError, ModelError, CallError, MissingExtraError, RunError, OSError)
    if isinstance(error, refused):
        return str(error)
    if isinstance(error, ValidationError):
        wrong = error.errors()[0]
        return f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    return None


def parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    from experiments.commands import compare, demo, estimate, evaluate, memory, play, report, train
    from experiments.commands import world as world_commands

    top = argparse.ArgumentParser(prog="billp", description=DESCRIPTION)
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    for command in (demo, compare, train, evaluate, estimate, report, play, memory, world_commands):
        command.add_command(commands)
    return top


def _print_line(message: Warning | str, *_: object) -> None:
    """Prints text from outside as one line without control characters."""
    from simulator import plain

    print(f"billp: {plain(str(message), LONGEST)}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
