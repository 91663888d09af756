"""The demo: trains the arms for a handful of episodes, compares them, shows one episode."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console

from experiments.commands import tables as show
from experiments.commands.progress import progress
from experiments.commands.story import story
from experiments.playing.one_episode import play, play_policy, session
from experiments.runs.files import new_folder, write_json, write_lines
from experiments.statistics.metrics import Session, Summary, summarise
from graph.arms import ARMS
from graph.episode import EpisodeGraph, build_graph
from graph.load import EPHEMERAL, load_parts
from nodes import ArmName, Context
from simulator import RandomPolicy, WorldError, home, load_world
from stores import MemoryFolder

WORLD = "demo"
SCHEMA = 1
AT_ONCE = 4
STORY_ROUNDS = 8
LATER = 1_000_000  # than any training: what an episode learns of itself outweighs it
RANDOM = "random (no model)"


@dataclass(frozen=True)
class DemoSettings:
    """How long the demo is."""

    model: str = "offline"
    base_url: str | None = None
    users: int = 20
    train_episodes: int = 12
    max_rounds: int = 50
    seed: int = 0


def run_demo(settings: DemoSettings, out: Path | None, console: Console) -> dict[str, Any]:
    """Runs it all and returns what `--json` writes."""
    load_parts(_context(settings, "act-only"))  # a bad model name or a missing key ends it here
    folder = new_folder(out or home() / "demo")
    with progress(console, "building the demo world", 1) as advance:
        world = load_world(WORLD)
        advance()
    if settings.users > world.users:
        raise WorldError(f"world {world.name!r} has {world.users} users: ask for fewer")
    rng = np.random.default_rng(settings.seed)
    users = [int(user) for user in rng.choice(world.users, settings.users, replace=False)]

    policy = RandomPolicy(world, settings.seed)
    sessions: dict[str, list[Session]] = {
        RANDOM: [play_policy(world, policy, u, "test", settings.max_rounds) for u in users]
    }
    episodes = asyncio.run(_play_arms(settings, users, folder, console))
    sessions |= {arm: [session(state) for state in states] for arm, states in episodes.items()}
    summaries = {arm: summarise(played) for arm, played in sessions.items()}
    told = min(episodes["billp"], key=_tellable)

    records = [{"arm": arm, **state} for arm, states in episodes.items() for state in states]
    write_lines(folder / "episodes.jsonl", records)
    figures = _figures(settings, users, summaries, told, folder)
    write_json(folder / "summary.json", figures)
    _print(settings, summaries, told, folder, console)
    return figures


def _tellable(state: dict[str, Any]) -> tuple[int, int]:
    """An episode long enough to show something and short enough to read."""
    return abs(len(state["steps"]) - STORY_ROUNDS), state["user"]


async def _play_arms(
    settings: DemoSettings, users: list[int], folder: Path, console: Console
) -> dict[str, list[dict[str, Any]]]:
    """Each arm with its own memories: first it learns, one episode after another; then frozen."""
    episodes: dict[str, list[dict[str, Any]]] = {}
    for arm in ARMS:
        context = _context(settings, arm)
        with _graph(context, folder / "memory" / arm) as graph:
            if _learns(arm):
                await _train(graph, context, settings, users, console)
            episodes[arm] = await _evaluate(graph, context, users, console)
    return episodes


async def _train(
    graph: EpisodeGraph,
    context: Context,
    settings: DemoSettings,
    users: list[int],
    console: Console,
) -> None:
    with progress(console, f"training {context.arm}", settings.train_episodes) as advance:
        for number in range(settings.train_episodes):
            user = users[number % len(users)]
            await play(graph, user, context, episode=f"train-{number}", at=number + 1)
            advance()


async def _evaluate(
    graph: EpisodeGraph, context: Context, users: list[int], console: Console
) -> list[dict[str, Any]]:
    """On the other half of the log and learning nothing, so that order does not matter."""
    frozen = replace(context, half="test", learn=False)
    free = asyncio.Semaphore(AT_ONCE)
    with progress(console, f"evaluating {context.arm}", len(users)) as advance:

        async def one(user: int) -> dict[str, Any]:
            async with free:
                state = await play(graph, user, frozen, episode=f"test-{user}", at=LATER)
            advance()
            return state

        return await asyncio.gather(*map(one, users))


@contextmanager
def _graph(context: Context, folder: Path) -> Iterator[EpisodeGraph]:
    """The episode graph, with memories in a folder of the run where the arm learns."""
    if not _learns(context.arm):
        yield build_graph(load_parts)
        return
    memories = MemoryFolder(folder, load_parts(context).embedder)
    try:
        yield build_graph(lambda wanted: replace(load_parts(wanted), memories=memories))
    finally:
        memories.close()


def _learns(arm: ArmName) -> bool:
    return ARMS[arm].reflects or ARMS[arm].criticises


def _context(settings: DemoSettings, arm: ArmName) -> Context:
    return Context(
        world=WORLD,
        arm=arm,
        model=settings.model,
        base_url=settings.base_url,
        seed=settings.seed,
        memory=EPHEMERAL,
        max_rounds=settings.max_rounds,
    )


def _figures(
    settings: DemoSettings,
    users: list[int],
    summaries: dict[str, Summary],
    told: dict[str, Any],
    folder: Path,
) -> dict[str, Any]:
    return {
        "schema": SCHEMA,
        "world": WORLD,
        "settings": asdict(settings),
        "users": users,
        "arms": {
            arm: {"chat_model": None if arm == RANDOM else settings.model, **asdict(summary)}
            for arm, summary in summaries.items()
        },
        "episode": told,
        "written_to": str(folder),
    }


def _print(
    settings: DemoSettings,
    summaries: dict[str, Summary],
    told: dict[str, Any],
    folder: Path,
    console: Console,
) -> None:
    console.print()
    console.print(story(told, f"One episode of BiLLP: user {told['user']}"))
    caption = (
        f"{settings.users} users of the test half, at most {settings.max_rounds} rounds; "
        f"{settings.train_episodes} training episodes; mean and 95 % interval over users. "
        f"Chat model of all roles: {settings.model}."
    )
    if settings.model == "offline":
        caption += f" {show.OFFLINE_NOTE}"
    console.print(show.results(f"World 'demo', chat model '{settings.model}'", summaries, caption))
    console.print(f"Written to {folder}: summary.json, episodes.jsonl, memory/", soft_wrap=True)
