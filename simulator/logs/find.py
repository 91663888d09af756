"""The layouts that can be read, by name."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from simulator.errors import WorldError
from simulator.logs.amazon import read_amazon
from simulator.logs.log import Log
from simulator.logs.movielens import read_movielens
from simulator.logs.progress import Progress
from simulator.logs.sources import SOURCES, Source
from simulator.logs.steam import read_steam
from simulator.logs.table import read_table


@dataclass(frozen=True)
class Layout:
    """A reader, the k of the k-core that is taken of its logs, and where the files come from."""

    read: Callable[[Path, Progress | None], Log]
    k: int
    source: Source


LAYOUTS: Mapping[str, Layout] = {
    "steam": Layout(read_steam, 5, SOURCES["steam"]),  # the paper's 5-core
    "amazon-book": Layout(read_amazon, 90, SOURCES["amazon-book"]),  # the paper's 90-core
    "movielens": Layout(read_movielens, 5, SOURCES["movielens"]),
    "csv": Layout(read_table, 5, SOURCES["csv"]),
}


def read_log(name: str, folder: Path, progress: Progress | None = None) -> Log:
    """The log in this folder, in the layout of that name."""
    return LAYOUTS[check_name(name, LAYOUTS)].read(folder, progress)


def check_name(name: str, known: Iterable[str]) -> str:
    """The name, or an error with the nearest known one."""
    names = list(known)
    if name in names:
        return name
    close = get_close_matches(name, names, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(names)}"
    raise WorldError(f"unknown dataset {name!r}: {hint}")
