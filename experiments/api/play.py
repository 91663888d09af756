"""Plays a run in its folder as far as it is missing, and summarises it."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

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
from experiments.playing.workers.checks import check_workers
from experiments.runs.run_file import run_file
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings, check_size
from experiments.runs.variants import check_own
from experiments.statistics.episodes import Episode, read_episodes
from experiments.statistics.figures import RunSummary
from experiments.statistics.summary import write_summary
from experiments.terminal import ProgressDisplay
from experiments.trackers.make import DEFAULT, find_trackers
from experiments.trackers.tracker import Tracker
from experiments.trackers.tracking import Tracking, check_names
from graph.load import chat_for
from models import Ledger, Limits, Prices, ReplyCache, RunStoppedError, Totals
from nodes import Context, Parts
from simulator import load_world

AT_ONCE = 3.0  # seconds for the trackers of a run that an error ends
PlayRun = Callable[[Run], RunStoppedError | None]


class LeftAtOnceError(RuntimeError):
    """A run was left without waiting for its calls in flight."""

    def __init__(self, folder: Path) -> None:
        super().__init__(f"left at once: what was finished is kept in {folder}")
        self.folder = folder


@dataclass(frozen=True)
class PlayOptions:
    """How a run is played: nothing here changes its results."""

    concurrency: int = 8
    workers: int | None = None
    scheduler: str | None = None
    limits: Limits = field(default_factory=Limits)
    prices: Path | None = None
    cache: Path | None = None
    trackers: Sequence[str | Tracker] = DEFAULT


@dataclass(frozen=True)
class Sitting:
    """A run as one sitting left it: all that is played of it, and what stopped it, if anything.

    Whoever shows a finished run calls `tracking.finish` with its summary and its page.
    """

    folder: Path
    summary: RunSummary
    episodes: Sequence[Episode]
    totals: Totals
    stopped: RunStoppedError | None
    tracking: Tracking


def play_in_folder(
    settings: RunSettings,
    options: PlayOptions,
    choose_folder: Callable[[], Path],
    progress: ProgressDisplay,
    play: PlayRun,
) -> Sitting:
    """Checks everything first; the folder is chosen once the settings have been checked."""
    world = load_world(settings.world)
    check_size(settings, world)
    for variant in settings.variants:
        check_own(variant)
    check_workers(settings, options.workers, options.scheduler)
    check_learned(settings, world)
    prices = known_prices(options.prices)
    specs = asked_models(settings)
    check_models(specs, concurrency=options.concurrency)
    check_money(specs, prices, options.limits)
    trackers = find_trackers(options.trackers)
    check_names(trackers)
    folder = RunFolder(choose_folder())
    try:
        run = folder.begin(run_file(settings, world, costs(specs, prices)))
        with (
            _metering(folder.folder, prices, options) as (ledger, wrap),
            _tracking(Tracking(trackers, folder.folder, run)) as tracking,
        ):
            at_once, told = options.concurrency, tracking.record
            workers, scheduler = options.workers, options.scheduler
            playing = Run(
                *(settings, folder, world, ledger, wrap, progress),
                *(at_once, told, workers, scheduler),
            )
            stopped = play(playing)
            episodes = read_episodes(folder.folder, run)
            summary = write_summary(folder.folder, run, world, episodes)
    except asyncio.CancelledError as cancelled:
        raise LeftAtOnceError(folder.folder) from cancelled
    finally:
        folder.close()
    if stopped:
        tracking.finish()
    return Sitting(folder.folder, summary, episodes, ledger.totals, stopped, tracking)


@contextmanager
def _tracking(tracking: Tracking) -> Iterator[Tracking]:
    """Tells the trackers that the run has stopped where an error ends it."""
    try:
        yield tracking
    except BaseException:
        tracking.finish(patience=AT_ONCE)
        raise


@contextmanager
def _metering(
    folder: Path, prices: Prices, options: PlayOptions
) -> Iterator[tuple[Ledger, WrapParts]]:
    """The ledger of a run, and its chat calls with limits, log and reply cache."""
    in_flight, cache, limits = InFlight(set), options.cache, options.limits
    with ExitStack() as open_files:
        replies = open_files.enter_context(closing(ReplyCache(cache))) if cache else None
        ledger = open_files.enter_context(closing(Ledger(folder / "calls.csv", prices, limits)))

        def wrap(context: Context, parts: Parts) -> Parts:
            chat = chat_for(context, ledger, replies, concurrency=options.concurrency)
            return replace(parts, chat=waiting_for_siblings(chat, in_flight))

        yield ledger, wrap
