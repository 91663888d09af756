"""Writes the help of all commands into docs/command-line.md: `python -m` this module."""

import argparse
import re
import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from experiments.arguments.parser import CommandParser
from experiments.cli import parser

PAGE = Path("docs/command-line.md")
BLOCK = re.compile(r"(<!-- (billp[a-z ]*) --help -->\n```text\n).*?(```\n)", re.DOTALL)
FORMATTER = partial(argparse.RawDescriptionHelpFormatter, width=78)  # as on 80 columns


def all_commands(top: CommandParser) -> Iterator[CommandParser]:
    """A command and those below it."""
    yield top
    for below in top.commands.values():
        yield from all_commands(below)


def with_help(page: str, top: CommandParser) -> str:
    """The page with the help of each command that it names."""
    texts = {one.prog: help_text(one) for one in all_commands(top)}
    return BLOCK.sub(lambda block: f"{block[1]}{texts[block[2]]}{block[3]}", page)


def help_text(command: CommandParser) -> str:
    """The help of a command as a terminal of 80 columns shows it."""
    command.formatter_class = FORMATTER
    return command.format_help()


def named_commands(page: str) -> list[str]:
    """The commands whose help a page shows."""
    return [block[2] for block in BLOCK.finditer(page)]


def main() -> int:
    """Rewrites the page."""
    PAGE.write_text(with_help(PAGE.read_text(encoding="utf-8"), parser()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
