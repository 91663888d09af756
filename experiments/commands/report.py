"""`billp report`: make the page of a run, or export its tables and figures."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.arguments.known_names import names, one_of, run_folder
from experiments.commands.options import Commands

if TYPE_CHECKING:  # heavy modules are imported when the command runs
    from experiments.statistics.episodes import Episode

FORMATS = ("latex", "markdown", "csv", "parquet", "svg", "pdf")


def add_command(commands: Commands) -> None:
    """Adds `report`."""
    report = commands.add_parser(
        "report",
        help="make the page of a run, or export it",
        description="Writes the summary, the page and the CSV files of what a run has played so "
        "far; with --format, its tables and figures for papers.",
        examples=("billp report .billp/demo/001", "billp report runs/mine --format latex,pdf"),
    )
    report.set_defaults(run=run)
    report.add_argument(
        "folder",
        type=run_folder,
        metavar="RUN",
        help="the run's folder, or its name in .billp/runs",
    )
    report.add_argument(
        "--format",
        type=export_formats,
        metavar="A,B",
        help=f"export tables and figures instead of making the page: {', '.join(FORMATS)} "
        "(default: none)",
    )
    report.add_argument(
        "--out", type=Path, metavar="DIR", help="where exports go (default: RUN/export)"
    )


def export_formats(text: str) -> list[str]:
    """One format or several, with commas between them."""
    return [one_of("format", FORMATS)(name) for name in names(text)]


def run(options: argparse.Namespace) -> int:
    """Brings the summary up to date, then writes the page or the chosen formats."""
    from experiments.errors import RunError
    from experiments.report import write_report
    from experiments.report.exports import export_run
    from experiments.terminal import print_line, wide_console

    folder, console = options.folder, wide_console()
    if options.out and not options.format:
        raise RunError(f"--out is for exports: add --format, of {', '.join(FORMATS)}")
    episodes = update_summary(folder)
    if options.format:
        out = options.out or folder / "export"
        for written in export_run(folder, options.format, out, episodes):
            print_line(console, f"Written to {written}")
    else:
        print_line(console, f"Report: {write_report(folder, episodes)}")
    return 0


def update_summary(folder: Path) -> "list[Episode] | None":
    """Derives summary.json anew and returns the episodes; keeps it where the world is not there."""
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
            f"{folder} has no {SUMMARY}, and world {world.name!r} has changed since it was "
            "played in: build that world again, then give this command again"
        )
    return None
