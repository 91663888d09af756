"""Where runs are, and what makes a folder one; loads nothing heavy."""

from fnmatch import fnmatch
from pathlib import Path

from experiments.errors import RunError
from home_folder import home

RUN, LOCK = "run.json", "lock"
BEFORE_A_RUN = (LOCK, f"{RUN}*.partial")  # a run that was killed as it began left these
RUN_FILES = (  # all that a run and its report write at the top of their folder
    *BEFORE_A_RUN,
    RUN,
    "cells",
    "calls.csv",
    "calls.csv.*",
    "checkpoints.sqlite*",
    "critic.*",
    "summary.json*",
    "report.html*",
    "csv",
    "export",
    "tracking",
)


def run_parents() -> tuple[Path, Path]:
    """Where runs are that were given no folder."""
    return home() / "runs", home() / "demo"


def is_run(folder: Path) -> bool:
    """Whether a run was begun in a folder."""
    return (folder / RUN).is_file()


def runs_in(place: Path) -> list[Path]:
    """The runs in a folder, itself among them."""
    return sorted(run.parent for run in (*place.glob(RUN), *place.glob(f"*/{RUN}")))


def check_free(folder: Path) -> None:
    """Refuses a folder with other files than a run's before anything is written to it."""
    if folder.is_dir() and not is_run(folder) and foreign_files(folder, BEFORE_A_RUN):
        raise RunError(f"{folder} holds other files: name a new folder with --out")


def foreign_files(folder: Path, own: tuple[str, ...] = RUN_FILES) -> list[str]:
    """The names in a folder that no run gave."""
    names = sorted(entry.name for entry in folder.iterdir())
    return [name for name in names if not any(fnmatch(name, pattern) for pattern in own)]
