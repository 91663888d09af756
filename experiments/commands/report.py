"""`billp report`: make the page of a run, or export its tables and figures."""

import argparse
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from experiments.commands.options import Commands, names

if TYPE_CHECKING:  # heavy modules are imported when the command runs
    from experiments.statistics.episodes import Episode

FORMATS = ("latex", "markdown", "csv", "parquet", "svg", "pdf")
MOST_NAMED = 5


def add_command(commands: Commands) -> None:
    """Adds `report`."""
    report = commands.add_parser("report", help="make the page of a run, or export it")
    report.set_defaults(run=run)
    report.add_argument("folder", type=Path, help="the run's folder")
    report.add_argument(
        "--format",
        type=export_formats,
        metavar="A,B",
        help=f"export tables and figures instead of making the page: {', '.join(FORMATS)}",
    )
    report.add_argument(
        "--out", type=Path, metavar="DIR", help="where exports go; the run's folder export/"
    )


def export_formats(text: str) -> list[str]:
    """One format or several, with commas between them."""
    chosen = names(text)
    for name in chosen:
        if name not in FORMATS:
            close = get_close_matches(name, FORMATS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(FORMATS)}"
            raise argparse.ArgumentTypeError(f"unknown format {name!r}: {hint}")
    return chosen


def run(options: argparse.Namespace) -> int:
    """Brings the summary up to date, then writes the page or the chosen formats."""
    from experiments.errors import RunError
    from experiments.report import write_report
    from experiments.report.exports import export_run
    from experiments.terminal import print_line, wide_console

    folder, console = options.folder, wide_console()
    if options.out and not options.format:
        raise RunError(f"--out is for exports: add --format, of {', '.join(FORMATS)}")
    refuse_other_folders(folder)
    episodes = update_summary(folder)
    if options.format:
        out = options.out or folder / "export"
        for written in export_run(folder, options.format, out, episodes):
            print_line(console, f"Written to {written}")
    else:
        print_line(console, f"Report: {write_report(folder, episodes)}")
    return 0


def refuse_other_folders(folder: Path) -> None:
    """Refuses a folder that holds no run, and names the runs inside it."""
    from experiments.errors import RunError
    from experiments.runs.run_file import RUN

    if (folder / RUN).exists():
        return
    inside = sorted(path.parent for path in folder.glob(f"*/{RUN}"))
    if inside:
        named = ", ".join(map(str, inside[-MOST_NAMED:]))
        raise RunError(f"{folder} is no run's folder, but holds runs: name one of them: {named}")
    raise RunError(
        f"{folder} is no run's folder (it has no {RUN}): name the folder that `billp demo` or "
        "`billp compare` printed after 'Everything is in'"
    )


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
