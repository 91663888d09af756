"""The parser of commands: defaults in the help, refusals in one line, the nearest known name."""

import argparse
import sys
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NoReturn

from experiments.arguments.config_file import CONFIG, Option, defaults_from
from experiments.errors import USER_ERROR, RunError, nearest, one_line

NOT_IN_A_FILE = ("help", CONFIG)
WIDTH = 78  # of descriptions


class CommandParser(argparse.ArgumentParser):
    """Shows the default of every option, takes options from a file, refuses in one line."""

    def __init__(
        self, *, description: str = "", notes: str = "", examples: Sequence[str] = (), **given: Any
    ) -> None:
        self.examples = examples
        self._options: dict[str, Option] = {}
        self._below: Any = None
        told = "\n".join(["examples:", *(f"  {one}" for one in examples)]) if examples else ""
        super().__init__(
            **{"usage": "%(prog)s [options]", **given},
            description=textwrap.fill(description, WIDTH),
            epilog="\n\n".join(filter(None, (notes, told))),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )

    def add_argument(self, *names: Any, **given: Any) -> argparse.Action:
        """Adds an option or a positional argument; its help gains the default."""
        return self._remembered(super().add_argument, *names, **given)

    def add_group(self, title: str) -> Callable[..., argparse.Action]:
        """A group of options under a title; returns what adds one to it."""
        return partial(self._remembered, self.add_argument_group(title).add_argument)

    def add_subparsers(self, **given: Any) -> Any:
        """Commands below this one; without any of them the help is shown."""
        self.usage = f"%(prog)s {given.get('metavar', 'COMMAND')} ..."
        self.set_defaults(run=self._show_help)
        self._below = super().add_subparsers(**{**given, "prog": self.prog, "required": False})
        return self._below

    @property
    def options(self) -> Mapping[str, argparse.Action]:
        """The options by name, without dashes."""
        return {name: option.action for name, option in self._options.items()}

    @property
    def commands(self) -> Mapping[str, "CommandParser"]:
        """The commands below this one."""
        return dict(self._below.choices) if self._below else {}

    def _remembered(
        self, add: Callable[..., argparse.Action], *names: Any, **given: Any
    ) -> argparse.Action:
        """Adds an argument to the parser or to a group of it, and makes it known here."""
        action = add(*names, **given)
        if action.option_strings:
            repeated = given.get("action") == "append"
            self._options[_option_name(action)] = Option(action, repeated)
            if shown := _shown_default(action):
                action.help = f"{action.help} (default: {shown})"
        else:
            name = action.metavar or action.dest
            self.usage = f"{self.usage} {f'[{name}]' if action.nargs == '?' else name}"
        return action

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Refuses unknown commands and options; sets the defaults that `--config` names."""
        words = list(sys.argv[1:] if args is None else args)
        if self._below:
            self._check_command(words)
        if CONFIG in self._options:
            settable = {n: o for n, o in self._options.items() if n not in NOT_IN_A_FILE}
            try:
                self.set_defaults(**defaults_from(words, settable))
            except RunError as error:
                self.error(str(error))
        known, unknown = super().parse_known_args(words, namespace)
        if unknown:
            self._refuse(unknown[0])
        return known, unknown

    def error(self, message: str) -> NoReturn:
        """Ends the process with one line."""
        line = one_line(message)
        more = "" if "did you mean" in line else f" (`{self.prog} --help` tells more)"
        self.exit(USER_ERROR, f"{self.prog}: {line}{more}\n")

    def _show_help(self, _: argparse.Namespace) -> int:
        self.print_help()
        return 0

    def _check_command(self, words: Sequence[str]) -> None:
        name = next((word for word in words if not word.startswith("-")), None)
        if name is not None and name not in self._below.choices:
            what = str(self._below.metavar).lower()
            self.error(f"unknown {what} {name!r}: {nearest(name, self._below.choices)}")

    def _refuse(self, word: str) -> NoReturn:
        if not word.startswith("-"):
            self.error(f"unexpected argument {word!r}")
        name = word.partition("=")[0]
        known = [word for option in self._options.values() for word in option.action.option_strings]
        hint = nearest(name, known)
        self.error(f"unknown option {name!r}{f': {hint}' if 'did you mean' in hint else ''}")


def _option_name(action: argparse.Action) -> str:
    """`thinking` of `--thinking, --no-thinking`, and `help` of `-h, --help`."""
    words = action.option_strings
    return next((word for word in words if word.startswith("--")), words[0]).lstrip("-")


def _shown_default(action: argparse.Action) -> str:
    """The default as on the command line; nothing where the help itself says what happens."""
    value = action.default
    if action.nargs == 0:
        return "off" if value is False else ""
    if value is None or value is argparse.SUPPRESS:
        return ""
    shown = ",".join(value) if isinstance(value, list) else str(value)
    return shown.replace("%", "%%")
