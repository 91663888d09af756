"""Lists runs, and removes them."""

import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from rich import box
from rich.console import Console
from rich.table import Table

import durable
from experiments.errors import RunError
from experiments.runs.files import write_json
from experiments.runs.glance import Glance, glance
from experiments.runs.places import LOCK, foreign_files, run_parents, runs_in
from experiments.terminal import megabytes, print_line, safe_text
from simulator.text import plural

SCHEMA = 1


def list_runs(place: Path | None, json: Path | None) -> int:
    """Prints the runs in a place, or else in those where runs without a folder of their own go."""
    console, places = Console(), [place] if place else list(run_parents())
    found = sorted(_glances(places, console), key=lambda run: -run.last_played)
    if json:
        write_json(json, {"schema": SCHEMA, "runs": [asdict(run) for run in found]})
    if found:
        console.print(_table(found))
    else:
        print_line(console, f"no runs in {' and '.join(map(str, places))}")
    return 0


def remove_runs(folders: Sequence[Path], *, sure: bool) -> int:
    """Removes the folders of runs, once all have been found to be nothing else."""
    console = Console()
    for folder in folders:
        _check_removable(folder)
    for folder in folders:
        if not sure and not _agreed(console, glance(folder)):
            print_line(console, f"{folder} is kept")
            continue
        shutil.rmtree(folder)
        print_line(console, f"{folder} is removed")
    return 0


def _glances(places: Sequence[Path], console: Console) -> Iterator[Glance]:
    for place in places:
        for folder in runs_in(place):
            try:
                yield glance(folder)
            except RunError as error:  # hides no other
                print_line(console, str(error))


def _check_removable(folder: Path) -> None:
    if folder.is_symlink():
        raise RunError(f"{folder} is a link: name the folder that it points to")
    if foreign := foreign_files(folder):
        raise RunError(
            f"{folder} holds files that no run wrote ({', '.join(foreign[:3])}): move them "
            "elsewhere, or remove the folder yourself"
        )
    if durable.is_locked(folder / LOCK):
        raise RunError(f"{folder} is being played by another process: stop that one first")


def _agreed(console: Console, run: Glance) -> bool:
    if not sys.stdin.isatty():
        raise RunError(f"{run.folder} is not removed without being asked for: add --yes")
    size = f"{plural(run.played, 'episode')}, {megabytes(run.bytes)}"
    print_line(console, f"{run.folder}: {run.preset} in world {run.world}, {size}")
    try:
        return console.input("Remove it for good? [y/N] ", markup=False).strip().lower() == "y"
    except EOFError:
        return False


def _table(runs: Sequence[Glance]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, title="Runs", title_justify="left")
    table.add_column("run", overflow="fold", min_width=20)
    table.add_column("what", overflow="fold")
    table.add_column("played", justify="right")
    table.add_column("state")
    table.add_column("last played", max_width=10)
    for run in runs:
        many = f"{run.arms[0]} and {len(run.arms) - 1} more" if len(run.arms) > 1 else run.arms[0]
        what = f"{run.preset} in {run.world}: {many}, {plural(run.seeds, 'seed')}"
        when = f"{datetime.fromtimestamp(run.last_played):%Y-%m-%d %H:%M}"
        cells = (_name(run), what, f"{run.played:,}", run.state, when)
        table.add_row(*map(safe_text, cells))
    return table


def _name(run: Glance) -> str:
    """The name by which commands find it, or its folder."""
    folder = Path(run.folder)
    if folder.parent in run_parents():
        return folder.name
    return run.folder
