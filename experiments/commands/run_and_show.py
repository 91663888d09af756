"""Plays a run in its folder as far as it is missing, then shows its results."""

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from rich.console import Console

from experiments.api.play import LeftAtOnceError, PlayOptions, Sitting, play_in_folder
from experiments.api.settings_from_options import default_folder, limits
from experiments.commands.tables import (
    comparison_table,
    paid_line,
    reply_count,
    training_error_lines,
)
from experiments.errors import MissingExtraError
from experiments.interrupts import INTERRUPTED_CODE, leave
from experiments.playing.run import INTERRUPTED, Run
from experiments.playing.runner import play_until_stopped
from experiments.runs.files import check_place, write_json
from experiments.runs.plan import plan_lines
from experiments.runs.presets import PHASES
from experiments.runs.settings import RunSettings
from experiments.statistics.figures import RunSummary
from experiments.terminal import ProgressDisplay, print_line, print_paragraphs, wide_console
from experiments.trackers.make import DEFAULT
from models import LimitReachedError, RunStoppedError, Totals

STOPPED_CODE = 3


@dataclass(frozen=True)
class ShowOptions(PlayOptions):
    """How a run is played and shown."""

    report: bool = True
    json: Path | None = None
    resume: str = "give the same command again to go on"


def run_from_options(settings: RunSettings, options: argparse.Namespace) -> int:
    """Plays a run in the folder that `--out` names or that belongs to its settings."""
    show_options = ShowOptions(
        concurrency=options.concurrency,
        workers=options.workers,
        scheduler=options.scheduler,
        limits=limits(options),
        prices=options.prices,
        cache=options.cache,
        trackers=options.track or DEFAULT,
        report=not options.no_report,
        json=options.json,
    )
    folder = options.out or default_folder(settings)
    return run_and_show(settings, show_options, lambda: folder, wide_console())


def run_and_show(
    settings: RunSettings,
    options: ShowOptions,
    choose_folder: Callable[[], Path],
    console: Console,
    show_first: Callable[[Path], None] = lambda _: None,
) -> int:
    """Returns the exit code; the folder is chosen once the settings have been checked."""
    if options.json:
        check_place(options.json)
    progress = ProgressDisplay(console)

    def choose_and_tell() -> Path:
        folder = choose_folder()
        print_paragraphs(console, ["To play:", *plan_lines(settings)])
        return folder

    def play(run: Run) -> RunStoppedError | None:
        left = LeftAtOnceError(run.folder.folder)
        message = f"{left}: {options.resume.format(folder=left.folder)}"
        return play_until_stopped(run, partial(leave, message))

    sitting = play_in_folder(settings, options, choose_and_tell, progress, play)
    folder, summary = sitting.folder, sitting.summary
    if sitting.stopped:
        resume = options.resume.format(folder=folder)
        return _show_stop(folder, summary, sitting.stopped, resume, console)
    if options.json:
        write_json(options.json, asdict(summary))
    show_first(folder)
    _show_tables(summary, settings, sitting.totals, options.cache is not None, console)
    print_line(console, f"Everything is in {folder}")
    sitting.tracking.finish(summary, _page(sitting, console) if options.report else None)
    return 0


def _page(sitting: Sitting, console: Console) -> Path | None:
    """Makes the page of a run, or says what that needs."""
    try:
        from experiments.report import write_report

        page = write_report(sitting.folder, sitting.episodes)
    except MissingExtraError as missing:
        print_line(console, f"No report: {missing}")
        return None
    print_line(console, f"Report: {page}")
    return page


def _show_stop(
    folder: Path, summary: RunSummary, stopped: RunStoppedError, resume: str, console: Console
) -> int:
    """Says how far the run came, and how to go on."""
    played = sum(p.episodes for v in summary.variants.values() for p in v.phases.values())
    _print_training_errors(summary, console)
    hint = "" if isinstance(stopped, LimitReachedError) else f": {resume}"
    print_line(console, f"stopped: {stopped}; {played} episodes are kept in {folder}{hint}")
    return INTERRUPTED_CODE if str(stopped) == INTERRUPTED else STOPPED_CODE


def _show_tables(
    summary: RunSummary, settings: RunSettings, totals: Totals, cache: bool, console: Console
) -> None:
    """A table for each evaluated phase, failed training episodes, and what a cache saved."""
    played = {phase for v in summary.variants.values() for phase in v.phases}
    cached = cache or reply_count(summary) > totals.calls
    paper = settings.rules == "paper"
    for phase in PHASES:
        if phase in played and (phase != "train" or played == {"train"}):
            console.print(comparison_table(summary, phase, paper=paper, cached=cached))
    if played != {"train"}:
        _print_training_errors(summary, console)
    if cached:
        print_line(console, paid_line(totals))


def _print_training_errors(summary: RunSummary, console: Console) -> None:
    for line in training_error_lines(summary):
        print_line(console, line)
