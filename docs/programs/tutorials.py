"""Plays the tutorials, and writes what their commands and examples print beneath them.

python docs/programs/tutorials.py             all pages of docs/tutorials
python docs/programs/tutorials.py compare     one of them

A page is played from top to bottom in an empty folder: each `$ billp ...`, and each Python example
but those marked `notest`. A block of text that follows holds what was printed. Commands of others
(servers, clients) are not played; what follows them was copied by hand.
"""

import contextlib
import io
import os
import re
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from experiments.cli import main as billp

PAGES = Path(__file__).resolve().parents[1] / "tutorials"
FENCE = re.compile(r"^```(console|python|text)( notest)?\n(.*?)^```$", re.DOTALL | re.MULTILINE)
COLUMNS = "100"


@dataclass(frozen=True)
class Played:
    """A block of a page, what it printed, and where the text is that shows it, if one follows."""

    code: str
    printed: str
    shown: slice | None


def play(page: str) -> Iterator[Played]:
    """Plays the blocks of a page in the current folder, one after the other."""
    names: dict[str, Any] = {"__name__": "__main__"}
    fences = list(FENCE.finditer(page))
    for fence, after in zip_longest(fences, fences[1:]):
        kind, notest, code = fence.groups()
        if kind == "text" or notest or (kind == "console" and not code.startswith("$ billp")):
            continue
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
            if kind == "python":
                exec(compile(code, "tutorial.py", "exec"), names)
            else:
                run_commands(code)
        follows = after and after[1] == "text" and not page[fence.end() : after.start()].strip()
        shown = slice(after.start(3), after.end(3)) if after and follows else None
        text = printed.getvalue().replace(f"{Path.cwd()}{os.sep}", "")
        lines = [line.rstrip() for line in text.strip("\n").split("\n")]
        yield Played(code, "\n".join(lines) + "\n", shown)


def run_commands(code: str) -> None:
    """Each command of a console block, which has to succeed."""
    for line in code.splitlines():
        words = shlex.split(line.removeprefix("$ "))
        if billp(words[1:]) != 0:
            raise SystemExit(f"this command of a tutorial failed: {line}")


@contextlib.contextmanager
def place(folder: Path) -> Iterator[None]:
    """An empty folder, where .billp is the home, and a terminal of a fixed width."""
    before = dict(os.environ)
    os.environ.update(COLUMNS=COLUMNS, HF_HUB_OFFLINE="1")
    os.environ.pop("BILLP_HOME", None)
    try:
        with contextlib.chdir(folder):
            yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def main() -> None:
    """Rewrites the pages."""
    for path in [PAGES / f"{name}.md" for name in sys.argv[1:]] or sorted(PAGES.glob("*.md")):
        page = path.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as folder, place(Path(folder)):
            played = [(one.shown, one.printed) for one in play(page) if one.shown]
        for shown, printed in reversed(played):
            page = page[: shown.start] + printed + page[shown.stop :]
        path.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
