"""`billp report`: make the page of a run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.commands.options import Commands

if TYPE_CHECKING:
    from experiments.statistics.episodes import Episode


def add_command(commands: Commands) -> None:
    """Adds `report`."""
    report = commands.add_parser("report", help="make the page of a run")
    report.set_defaults(run=run)
    report.add_argument("folder", type=Path, help="the run's folder")


def run(options: argparse.Namespace) -> int:
    """Writes the summary, the page and the CSV files."""
    from experiments.report import write_report
    from experiments.terminal import print_line, wide_console

    page = write_report(options.folder, _update_summary(options.folder))
    print_line(wide_console(), f"Written to {page}")
    return 0


def _update_summary(folder: Path) -> "list[Episode] | None":
    """Summarises the records again, or keeps the summary where the run's world is not available.

    Returns the episodes that were read for the summary, so that they need not be read again.
    """
    from experiments.errors import RunError
    from experiments.runs.run_file import read_run, world_facts
    from experiments.statistics.episodes import read_episodes
    from experiments.statistics.summary import SUMMARY, read_summary, write_summary
    from simulator import WorldError, load_world

    run = read_run(folder)
    try:
        world = load_world(run.settings.world)
    except WorldError:
        read_summary(folder)  # fails where there is none
        return None
    if world_facts(world) == run.world:
        episodes = read_episodes(folder, run)
        write_summary(folder, run, world, episodes)
        return episodes
    if not (folder / SUMMARY).exists():
        raise RunError(
            f"{folder} has no {SUMMARY}, and world {world.name!r} has changed since it was played "
            "in: build that world again, then give this command again"
        )
    return None
