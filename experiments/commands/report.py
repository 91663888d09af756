"""`billp report`: make the page of a run."""

import argparse
from pathlib import Path

from experiments.commands.options import Commands


def add_command(commands: Commands) -> None:
    """Adds `report`."""
    report = commands.add_parser("report", help="make the page of a run")
    report.set_defaults(run=run)
    report.add_argument("folder", type=Path, help="the run's folder")


def run(options: argparse.Namespace) -> int:
    """Writes summary, page and CSV files; keeps the summary where the world is not available."""
    from experiments.errors import RunError
    from experiments.report import write_report
    from experiments.runs.run_file import read_run, world_facts
    from experiments.statistics.episodes import read_episodes
    from experiments.statistics.summary import SUMMARY, read_summary, write_summary
    from experiments.terminal import print_line, wide_console
    from simulator import WorldError, load_world

    folder, episodes = options.folder, None
    run = read_run(folder)
    try:
        world = load_world(run.settings.world)
    except WorldError:
        read_summary(folder)  # fails where there is none
    else:
        if world_facts(world) == run.world:
            episodes = read_episodes(folder, run)
            write_summary(folder, run, world, episodes)
        elif not (folder / SUMMARY).exists():
            raise RunError(
                f"{folder} has no {SUMMARY}, and world {world.name!r} has changed since it was "
                "played in: build that world again, then give this command again"
            )
    print_line(wide_console(), f"Written to {write_report(folder, episodes)}")
    return 0
