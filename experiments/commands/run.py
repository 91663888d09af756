"""A run from its settings to its results: played, counted, shown, and gone on with when stopped."""

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, replace
from pathlib import Path

from langchain_core.language_models import BaseChatModel
from rich.console import Console

from experiments.commands import tables as show
from experiments.commands.settings_from_options import folder_for, limits
from experiments.errors import MissingExtraError, RunError
from experiments.playing.cell_memories import check_learned
from experiments.playing.critic_study import study_critic
from experiments.playing.in_flight import BesideChatModel, UnderWay
from experiments.playing.model_checks import (
    asked_models,
    check_models,
    check_money,
    costs,
    known_prices,
)
from experiments.playing.progress import Watch
from experiments.playing.runner import INTERRUPTED, Dress, Run, interruptible, play_run
from experiments.runs.files import check_place, write_json
from experiments.runs.presets import PHASES
from experiments.runs.run_file import read_run, run_file, world_facts
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings, check_size
from experiments.statistics.episodes import Episode, read_episodes
from experiments.statistics.figures import RunSummary
from experiments.statistics.summary import SUMMARY, read_summary, write_summary
from graph.load import spec_for
from models import (
    Ledger,
    LimitReachedError,
    Limits,
    Prices,
    ReplyCache,
    Role,
    RunStoppedError,
    Totals,
    dressed,
)
from nodes import Context, Parts
from simulator import WorldError, load_world

STOPPED, INTERRUPT = 3, 130
GO_ON = ": give the same command again to go on"


def conduct(settings: RunSettings, options: argparse.Namespace, console: Console) -> int:
    """Plays what is missing of a run, then writes and shows its results."""
    if options.json:
        check_place(options.json)
    world = load_world(settings.world)
    check_size(settings, world)
    check_learned(settings, world)
    prices, allowed = known_prices(options.prices), limits(options)
    specs = asked_models(settings)
    check_models(specs)
    check_money(specs, prices, allowed)
    folder = RunFolder(folder_for(settings, options.out))
    try:
        run = folder.begin(run_file(settings, world, costs(specs, prices)))
        with _dressing(folder.folder, prices, allowed, options.cache) as (ledger, dress):
            watch = Watch(console)
            playing = Run(settings, folder, world, ledger, dress, watch, options.concurrency)
            stopped = _stop_of(playing, watch)
        episodes = read_episodes(folder.folder, run)
        summary = write_summary(folder.folder, run, world, episodes)
    except asyncio.CancelledError:
        kept = f"what was finished is kept in {folder.folder}{GO_ON}"
        console.print(f"left at once: {kept}", markup=False, soft_wrap=True)
        return INTERRUPT
    finally:
        folder.close()
    if stopped:
        return _stopped(folder.folder, summary, stopped, console)
    if options.json:
        write_json(options.json, asdict(summary))
    _tell(summary, settings, ledger.totals, options.cache is not None, console)
    if not options.no_report:
        _write_report(folder.folder, episodes, console)
    console.print(f"Everything is in {folder.folder}", markup=False, soft_wrap=True)
    return 0


def renew_summary(folder: Path) -> list[Episode] | None:
    """Derives the summary anew where its world is at hand, and returns the episodes read for it."""
    run = read_run(folder)
    try:
        world = load_world(run.settings.world)
    except WorldError:
        read_summary(folder)  # the one that is there will do
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


@contextmanager
def _dressing(
    folder: Path, prices: Prices, limits: Limits, cache: Path | None
) -> Iterator[tuple[Ledger, Dress]]:
    """What stands around the chat models: limits, the record of calls, and replies kept."""
    under_way = UnderWay()
    with ExitStack() as open_files:
        replies = open_files.enter_context(closing(ReplyCache(cache))) if cache else None
        ledger = open_files.enter_context(closing(Ledger(folder / "calls.csv", prices, limits)))

        def dress(context: Context, parts: Parts) -> Parts:
            models = dict[Role, BaseChatModel]()
            for role, model in parts.models.items():
                inner = dressed(model, spec_for(role, context), ledger, replies)
                models[role] = BesideChatModel(inner=inner, under_way=under_way)
            return replace(parts, models=models)

        yield ledger, dress


def _stop_of(playing: Run, watch: Watch) -> RunStoppedError | None:
    """Plays; says what stopped it, if anything did."""
    settings = playing.settings
    phases = [(v, phase) for v in settings.variants for phase in settings.phases(v)]
    episodes = len(settings.seeds) * sum(settings.count(phase) for _, phase in phases)
    try:
        with watch.over(episodes):
            asyncio.run(_play(playing))
    except RunStoppedError as stopped:
        return stopped
    return None


async def _play(run: Run) -> None:
    loop = asyncio.get_running_loop()
    loop.set_default_executor(ThreadPoolExecutor(2 * run.concurrency + 4))
    with interruptible(run):
        await play_run(run)
        await study_critic(run)


def _stopped(folder: Path, summary: RunSummary, stopped: RunStoppedError, console: Console) -> int:
    """Says how far the run came, and how to go on."""
    phases = [p for v in summary.variants.values() for p in v.phases.values()]
    played = sum(figures.episodes for figures in phases)
    _tell_lost(summary, console)
    how = "" if isinstance(stopped, LimitReachedError) else GO_ON
    kept = f"{played} episodes are kept in {folder}"
    console.print(f"stopped: {stopped}; {kept}{how}", markup=False, soft_wrap=True)
    return INTERRUPT if str(stopped) == INTERRUPTED else STOPPED


def _tell(
    summary: RunSummary,
    settings: RunSettings,
    totals: Totals,
    cache: bool,
    console: Console,
) -> None:
    """A table for each way in which the methods were evaluated, and what they do not tell."""
    played = {phase for v in summary.variants.values() for phase in v.phases}
    cached = cache or show.asked(summary) > totals.calls
    paper = settings.rules == "paper"
    for phase in PHASES:
        if phase in played and (phase != "train" or played == {"train"}):
            console.print(show.comparison(summary, phase, paper=paper, cached=cached))
    if played != {"train"}:
        _tell_lost(summary, console)
    if cached:
        console.print(show.paid(totals), markup=False, soft_wrap=True)


def _tell_lost(summary: RunSummary, console: Console) -> None:
    for line in show.lost(summary):
        console.print(line, markup=False, soft_wrap=True)


def _write_report(folder: Path, episodes: Sequence[Episode], console: Console) -> None:
    """The page, where the parts that it is made with are installed."""
    try:
        from experiments.report import write_report

        page = write_report(folder, episodes)
        console.print(f"Report: {page}", markup=False, soft_wrap=True)
    except MissingExtraError as missing:
        console.print(f"No report: {missing}", markup=False, soft_wrap=True)
