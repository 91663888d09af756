"""The log layouts that can be read, by name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from simulator.byte_progress import ByteProgress
from simulator.errors import WorldError, name_hint
from simulator.logs.amazon import read_amazon
from simulator.logs.log import Log
from simulator.logs.movielens import read_movielens
from simulator.logs.steam import read_steam
from simulator.logs.table import read_table


@dataclass(frozen=True)
class Layout:
    """A reader, and the k of the k-core that is taken of its logs."""

    read: Callable[[Path, ByteProgress | None], Log]
    k: int


LAYOUTS: Mapping[str, Layout] = {
    "steam": Layout(read_steam, 5),  # the paper's 5-core
    "amazon-book": Layout(read_amazon, 90),  # the paper's 90-core
    "movielens": Layout(read_movielens, 5),
    "csv": Layout(read_table, 5),
}


def read_log(name: str, folder: Path, progress: ByteProgress | None = None) -> Log:
    """Reads the log in this folder in the layout of that name."""
    if name not in LAYOUTS:
        raise WorldError(f"unknown dataset {name!r}: {name_hint(name, LAYOUTS, 'datasets')}")
    return LAYOUTS[name].read(folder, progress)
