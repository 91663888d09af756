"""The command line: `billp COMMAND`."""

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from experiments.interrupts import INTERRUPTED_CODE, interrupt_once, leave

if TYPE_CHECKING:
    from experiments.arguments.parser import CommandParser

DESCRIPTION = "Chat models that plan recommendations for the long run."
COMMANDS = (
    "demo",
    "compare",
    "train",
    "evaluate",
    "estimate",
    "runs",
    "report",
    "app",
    "play",
    "memory",
    "world",
)
EXAMPLES = ("billp demo", "billp compare --preset table5 --episodes 20 --train-episodes 20")
USER_ERRORS = {  # by name: an error can only be one of a module that is loaded
    "experiments.errors.MissingExtraError",
    "experiments.errors.RunError",
    "graph.damage.DamagedCheckpointsError",
    "models.errors.CallError",
    "models.errors.ModelError",
    "simulator.errors.WorldError",
    "stores.errors.StoreError",
    "builtins.OSError",
}
INTERRUPTED = "billp: interrupted"
LONGEST = 2000  # characters of an error message


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; an error that the user can cause is printed as one line, with exit code 2.

    Heavy modules are imported inside, so that Ctrl-C ends in one line from the first second on.
    Without arguments it is the process's own command, and an interrupt waits for no thread of it.
    """
    as_program = arguments is None
    try:
        if as_program:
            interrupt_once(INTERRUPTED)
        code = _run(sys.argv[1:] if arguments is None else list(arguments))
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)  # noqa: T201
        code = INTERRUPTED_CODE
    if as_program and code == INTERRUPTED_CODE:
        leave()
    return code


def _run(words: Sequence[str]) -> int:
    import warnings

    from experiments.errors import USER_ERROR
    from home_folder import keep_files_private

    keep_files_private()
    warnings.showwarning = _print_line  # type: ignore[assignment]
    try:
        _read_dotenv()
        options = parser(words[0] if words else "").parse_args(words)
        return int(options.run(options))
    except Exception as error:
        message = _user_message(error)
        if message is None:
            raise
        _print_line(message)
        return USER_ERROR


def _read_dotenv() -> None:
    """Takes from `.env` in the current folder what the environment does not say."""
    from pathlib import Path

    path = Path(".env")
    if not path.is_file():
        return
    from dotenv import load_dotenv

    from experiments.errors import RunError

    try:
        load_dotenv(path)
    except UnicodeDecodeError as error:
        raise RunError(f"{path.absolute()} cannot be read: it is not UTF-8 text") from error


def _user_message(error: Exception) -> str | None:
    """The message of an error that the user can cause and mend; None for any other."""
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(error).__mro__}
    if kinds & USER_ERRORS:
        return str(error)
    if "pydantic" in sys.modules:
        from pydantic import ValidationError

        if isinstance(error, ValidationError):
            wrong = error.errors()[0]
            return f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    return None


def parser(first: str = "") -> "CommandParser":
    """The commands and their options; of a command that is the `first` word it alone is loaded."""
    from experiments.arguments.parser import CommandParser
    from experiments.errors import UnknownNameError

    if first and not first.startswith("-") and first not in COMMANDS:
        raise UnknownNameError("command", first, COMMANDS)
    top = CommandParser(
        prog="billp",
        description=DESCRIPTION,
        notes="`billp COMMAND --help` tells all about a command.",
        examples=EXAMPLES,
    )
    top.add_argument(
        "--version",
        action="version",
        version=_version() if first == "--version" else "",
        help="print the version and exit",
    )
    commands = top.add_subparsers(metavar="COMMAND", title="commands")
    for name in [first] if first in COMMANDS else COMMANDS:
        import_module(f"experiments.commands.{name}").add_command(commands)
    return top


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"billp {version('billp')}"
    except PackageNotFoundError:
        return "billp, not installed"


def _print_line(message: Warning | str, *_: object) -> None:
    """Prints text from outside as one line without control characters."""
    from experiments.errors import one_line

    print(f"billp: {one_line(str(message)[:LONGEST])}", file=sys.stderr)  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
