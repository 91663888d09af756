"""Another program beside this one, in front of the same chat server of a fixed latency.

    python -m benchmarks vs --steps 40 --folder ../peer -- python run.py --users 4 --rounds 10

runs the command with OPENAI_BASE_URL, OPENAI_API_BASE and OPENAI_API_KEY set to the server, and
then plays as many steps here. The code of the other program is not part of this one: give the
command that runs it where you have it, and how many items it recommends.
"""

import argparse
import asyncio
import json
import os
import resource
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from rich.console import Console
from rich.table import Table

from benchmarks.stage.calibration import calibration
from benchmarks.stage.server import serving
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from nodes import Context

ROUNDS = 10
REPLY = "Thought: they like a change. Action: recommend[Half-Life]"


@dataclass(frozen=True)
class Spent:
    """What some steps took: seconds of wall and CPU time, calls, and characters of requests."""

    steps: int
    wall: float
    cpu: float
    calls: int
    characters: int


def counted(port: int) -> dict[str, int]:
    """What the server was asked so far."""
    with urlopen(f"http://127.0.0.1:{port}/counted") as answer:
        told: dict[str, int] = json.load(answer)
    return told


def run_peer(command: Sequence[str], folder: Path, steps: int, port: int) -> Spent:
    """The other program, to its end."""
    url = f"http://127.0.0.1:{port}/v1"
    told = {"OPENAI_BASE_URL": url, "OPENAI_API_BASE": url, "OPENAI_API_KEY": "loopback"}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(command, cwd=folder, env={**os.environ, **told}, check=True)
    after, asked = resource.getrusage(resource.RUSAGE_CHILDREN), counted(port)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    wall = time.monotonic() - began
    return Spent(steps, wall, cpu, asked["calls"], asked["characters"])


async def run_ours(steps: int, at_once: int, port: int) -> Spent:
    """As many steps of BiLLP, once everything is loaded."""
    graph = build_graph(patient_load())
    context = Context(
        model="openai:loopback",
        base_url=f"http://127.0.0.1:{port}/v1",
        memory="ephemeral",
        max_rounds=ROUNDS,
    )
    await graph.ainvoke({"user": 0}, context=context)
    episodes, places = -(-steps // ROUNDS), asyncio.Semaphore(at_once)

    async def play(user: int) -> int:
        async with places:
            return len((await graph.ainvoke({"user": user}, context=context))["steps"])

    first, began, cpu = counted(port), time.monotonic(), time.process_time()
    played = await asyncio.gather(*(play(1 + number) for number in range(episodes)))
    wall, cpu = time.monotonic() - began, time.process_time() - cpu
    asked = counted(port)
    told = (asked[name] - first[name] for name in ("calls", "characters"))
    return Spent(sum(played), wall, cpu, *told)


def compared(peer: Spent, ours: Spent) -> Table:
    """Both by step, and how often ours goes into the other's."""
    shown = Table(title=f"of a step; calibration loop {calibration():.1f} ms")
    shown.add_column("figure")
    for name in ("the other program", "ours", "times"):
        shown.add_column(name, justify="right")
    for name, factor in (("calls", 1), ("characters", 1), ("cpu", 1e3), ("wall", 1e3)):
        theirs, own = (factor * getattr(one, name) / one.steps for one in (peer, ours))
        unit = " ms" if factor > 1 else ""
        times = f"{theirs / own:.2f}" if own else ""
        shown.add_row(name, f"{theirs:.4g}{unit}", f"{own:.4g}{unit}", times)
    return shown


def main(arguments: Sequence[str]) -> int:
    """Runs both and prints the table; 1 if the other program fails."""
    options = argparse.ArgumentParser(
        "python -m benchmarks vs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = options.add_argument
    add("--steps", type=int, required=True, help="items that the command recommends")
    add("--folder", type=Path, default=Path(), help="where to run it")
    add("--at-once", type=int, default=10, help="episodes of ours side by side")
    add("--latency", type=float, default=0.2, help="seconds of a call")
    add("--answer", default=REPLY, help="what the other program is answered")
    add("command", nargs="+", help="the other program, after --")
    given = options.parse_args(arguments)
    os.environ["OPENAI_API_KEY"] = "loopback"
    try:
        with serving(given.latency, given.answer) as port:
            peer = run_peer(given.command, given.folder, given.steps, port)
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"the other program did not end well: {error}")
        return 1
    if not peer.calls:
        print("the other program asked no chat model: it must read OPENAI_BASE_URL")
        return 1
    with serving(given.latency) as port:
        ours = asyncio.run(run_ours(given.steps, given.at_once, port))
    Console().print(compared(peer, ours))
    return 0
