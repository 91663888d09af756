"""Plays a run in its folder as far as it is missing, then summarises it and shows the results."""

import argparse
import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from rich.console import Console

from experiments.commands.plan import plan_lines
from experiments.commands.settings_from_options import default_folder, limits
from experiments.commands.tables import (
    comparison_table,
    paid_line,
    reply_count,
    training_error_lines,
)
from experiments.errors import MissingExtraError
from experiments.playing.cell_memories import check_learned
from experiments.playing.failures import InFlight, waiting_for_siblings
from experiments.playing.model_checks import (
    asked_models,
    check_models,
    check_money,
    costs,
    known_prices,
)
from experiments.playing.run import Run, WrapParts
from experiments.playing.runner import INTERRUPTED, play_until_stopped
from experiments.runs.files import check_place, write_json
from experiments.runs.presets import PHASES
from experiments.runs.run_file import run_file
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings, check_size
from experiments.statistics.episodes import read_episodes
from experiments.statistics.figures import RunSummary
from experiments.statistics.summary import write_summary
from experiments.terminal import ProgressDisplay, print_line, print_paragraphs, wide_console
from graph.load import chat_for
from models import Ledger, LimitReachedError, Limits, Prices, ReplyCache, RunStoppedError, Totals
from nodes import Context, Parts
from simulator import load_world

STOPPED_CODE, INTERRUPTED_CODE = 3, 130


@dataclass(frozen=True)
class PlayOptions:
    """How a run is played: nothing here changes its results."""

    concurrency: int = 8
    limits: Limits = field(default_factory=Limits)
    prices: Path | None = None
    cache: Path | None = None
    report: bool = True
    json: Path | None = None
    resume: str = "give the same command again to go on"


def run_from_options(settings: RunSettings, options: argparse.Namespace) -> int:
    """Plays a run in the folder that `--out` names or that belongs to its settings."""
    play_options = PlayOptions(
        concurrency=options.concurrency,
        limits=limits(options),
        prices=options.prices,
        cache=options.cache,
        report=not options.no_report,
        json=options.json,
    )
    folder = options.out or default_folder(settings)
    return run_and_show(settings, play_options, lambda: folder, wide_console())


def run_and_show(
    settings: RunSettings,
    options: PlayOptions,
    choose_folder: Callable[[], Path],
    console: Console,
    show_first: Callable[[Path], None] = lambda _: None,
) -> int:
    """Returns the exit code; the folder is chosen once the settings have been checked."""
    if options.json:
        check_place(options.json)
    world = load_world(settings.world)
    check_size(settings, world)
    check_learned(settings, world)
    prices = known_prices(options.prices)
    specs = asked_models(settings)
    check_models(specs)
    check_money(specs, prices, options.limits)
    folder = RunFolder(choose_folder())
    print_paragraphs(console, ["To play:", *plan_lines(settings)])
    resume = options.resume.format(folder=folder.folder)
    try:
        run = folder.begin(run_file(settings, world, costs(specs, prices)))
        with _metering(folder.folder, prices, options.limits, options.cache) as (ledger, wrap):
            progress = ProgressDisplay(console)
            playing = Run(settings, folder, world, ledger, wrap, progress, options.concurrency)
            stopped = play_until_stopped(playing)
        episodes = read_episodes(folder.folder, run)
        summary = write_summary(folder.folder, run, world, episodes)
    except asyncio.CancelledError:
        kept = f"what was finished is kept in {folder.folder}"
        print_line(console, f"left at once: {kept}: {resume}")
        return INTERRUPTED_CODE
    finally:
        folder.close()
    if stopped:
        return _show_stop(folder.folder, summary, stopped, resume, console)
    if options.json:
        write_json(options.json, asdict(summary))
    show_first(folder.folder)
    _show_tables(summary, settings, ledger.totals, options.cache is not None, console)
    print_line(console, f"Everything is in {folder.folder}")
    if options.report:
        try:
            from experiments.report import write_report

            print_line(console, f"Report: {write_report(folder.folder, episodes)}")
        except MissingExtraError as missing:
            print_line(console, f"No report: {missing}")
    return 0


@contextmanager
def _metering(
    folder: Path, prices: Prices, limits: Limits, cache: Path | None
) -> Iterator[tuple[Ledger, WrapParts]]:
    """The ledger of a run, and its chat calls with limits, log and reply cache."""
    in_flight = InFlight(set)
    with ExitStack() as open_files:
        replies = open_files.enter_context(closing(ReplyCache(cache))) if cache else None
        ledger = open_files.enter_context(closing(Ledger(folder / "calls.csv", prices, limits)))

        def wrap(context: Context, parts: Parts) -> Parts:
            chat = chat_for(context, ledger, replies)
            return replace(parts, chat=waiting_for_siblings(chat, in_flight))

        yield ledger, wrap


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
