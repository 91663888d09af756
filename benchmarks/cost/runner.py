"""What the runner costs before a chat server of 200 ms: beside bare episodes, and at 16 at once.

Everything is on: embeddings computed anew, checkpoints in SQLite, records, limits, the call file.
Users are patient, so that every session has the same length.
"""

import asyncio
import os
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, report
from benchmarks.stage.server import serving
from benchmarks.stage.world import PATIENT
from experiments.playing.run import Run, users_of
from experiments.playing.runner import play_run
from experiments.runs.run_folder import RunFolder
from experiments.runs.settings import RunSettings
from experiments.runs.variants import variant
from experiments.terminal import ProgressDisplay
from graph.episode import build_graph
from graph.load import chat_for, load_parts
from models import Ledger
from nodes import Context, Parts
from simulator import load_world

LATENCY = 0.2
ROUNDS, MANY, TIMES = 20, 64, 3


def settings(port: int, episodes: int, seed: int) -> RunSettings:
    """Half of the episodes teach BiLLP, half evaluate it."""
    return RunSettings(
        preset="table3",
        world="demo",
        variants=(variant("billp", "openai:loopback"),),
        base_url=f"http://127.0.0.1:{port}/v1",
        seeds=(seed,),
        episodes=episodes // 2,
        train_episodes=episodes // 2,
        batch=episodes // 2,
        max_rounds=ROUNDS,
    )


def patient(context: Context, parts: Parts) -> Parts:
    """The parts with users who stay."""
    return replace(parts, rule=PATIENT)


async def with_runner(chosen: RunSettings, at_once: int) -> float:
    """Seconds that a run takes."""
    with tempfile.TemporaryDirectory() as place:
        folder = RunFolder(Path(place) / "run")
        ledger = Ledger(folder.folder / "calls.csv")

        def dress(context: Context, parts: Parts) -> Parts:
            return replace(patient(context, parts), chat=chat_for(context, ledger))

        progress = ProgressDisplay(Console(quiet=True))
        world = load_world(chosen.world)
        run = Run(chosen, folder, world, ledger, dress, progress, at_once)
        began = time.monotonic()
        await play_run(run)
        spent = time.monotonic() - began
        ledger.close()
        folder.close()
        return spent


async def bare(chosen: RunSettings, at_once: int) -> float:
    """Seconds that the same episodes take with nothing around them."""
    graph = build_graph(lambda context: patient(context, load_parts(context)))
    free = asyncio.Semaphore(at_once)
    one = chosen.variants[0]

    async def play(user: int, context: Context) -> None:
        async with free:
            await graph.ainvoke({"user": user}, context=context)

    seed = chosen.seeds[0]
    world = load_world(chosen.world)
    began = time.monotonic()
    for phase in ("train", "frozen"):
        context, users = chosen.context(one, seed, phase), users_of(chosen, phase, seed, world)
        await asyncio.gather(*(play(user, context) for user in users))
    return time.monotonic() - began


async def measure(port: int) -> list[Figure]:
    """Both in turn, since the machine may be busy; other users each time, so that texts are new."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(40))
    await bare(settings(port, 2, seed=0), 2)  # loads everything
    ratios, shares = [], []
    for time_ in range(1, 3 * TIMES, 3):
        alone = await bare(settings(port, 8, seed=time_), 4)
        ratios.append(await with_runner(settings(port, 8, seed=time_ + 1), 4) / alone)
        spent = await with_runner(settings(port, MANY, seed=time_ + 2), 16)
        shares.append(MANY * ROUNDS / spent / (16 / (2 * LATENCY)))
    return [
        Figure("wall time of a run to that of bare episodes", statistics.median(ratios), "", 1.05),
        Figure("16 at once: share of the ideal rate", statistics.median(shares), "", least=0.75),
    ]


def main() -> None:
    """Starts the server and measures."""
    os.environ["OPENAI_API_KEY"] = "loopback"
    with serving(LATENCY) as port:
        report(asyncio.run(measure(port)))


if __name__ == "__main__":
    main()
