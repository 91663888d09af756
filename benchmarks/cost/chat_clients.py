"""CPU time of a chat call by client, and of a step; the rate of many episodes at once.

A call is a prompt of a session's length and a short reply, sixteen in flight. Figures of calls are
also given in calls of bare aiohttp, which takes out the speed of the machine.
"""

import asyncio
import json
import os
import statistics
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from benchmarks.figures import Figure, report
from benchmarks.stage.meter import Meter
from benchmarks.stage.server import THOUGHT, serving
from benchmarks.stage.world import patient_load
from graph.episode import EpisodeGraph, build_graph
from models import ModelSpec, connect
from nodes import Context
from stores.embeddings import default_embedder

IN_FLIGHT, CALLS, TIMES = 16, 320, 5
LATENCY, ROUNDS = 0.2, 30
AT_ONCE = (10, 16, 64)
LEAST_SHARE = {16: 0.85}
MOST_OF_ENCODER = 20.0  # ms a step
CALLS_ON_PATH = 2  # chat calls of a step that wait for each other
PROMPT: list[BaseMessage] = [
    SystemMessage("You plan recommendations for the long run. " * 40),
    HumanMessage("A session so far, in words. " * 40),
    AIMessage(THOUGHT),
    HumanMessage(
        "What was shown, how it was rated, and what may be shown next. " * 50 + "\nValue:"
    ),
]
SCRIPT = {"planner": THOUGHT, "actor": "1", "critic": "6", "reflector": THOUGHT}
ROLES = {"system": "system", "human": "user", "ai": "assistant"}
JSON = {
    "model": "loopback",
    "messages": [{"role": ROLES[said.type], "content": said.content} for said in PROMPT],
    "max_tokens": 64,
}

Call = Callable[[], Awaitable[Any]]
ENCODER = Meter()


async def clients(address: str, opened: AsyncExitStack) -> dict[str, Call]:
    """One call by each client, the barest first."""
    import aiohttp
    import httpx
    from langchain_openai import ChatOpenAI
    from openai import AsyncOpenAI

    url = f"{address}/chat/completions"
    bare = await opened.enter_async_context(aiohttp.ClientSession())
    other = await opened.enter_async_context(httpx.AsyncClient(timeout=60))
    sdk = await opened.enter_async_context(AsyncOpenAI(base_url=address, api_key="none"))
    model = ChatOpenAI(model="loopback", base_url=address, api_key=lambda: "none")
    opened.push_async_callback(model.root_async_client.close)
    ours = connect(ModelSpec("openai:loopback", address))

    async def by_aiohttp() -> None:
        async with bare.post(url, json=JSON) as response:
            json.loads(await response.read())

    async def by_httpx() -> None:
        (await other.post(url, json=JSON)).json()

    return {
        "aiohttp": by_aiohttp,
        "httpx": by_httpx,
        "AsyncOpenAI": lambda: sdk.chat.completions.create(**JSON),  # type: ignore[call-overload]
        "ChatOpenAI": lambda: model.ainvoke(PROMPT),
        "ours": lambda: ours("critic", PROMPT),
    }


async def cpu_of_a_call(call: Call) -> float:
    """Milliseconds of CPU, with as many in flight all the time."""

    async def caller() -> None:
        for _ in range(CALLS // IN_FLIGHT):
            await call()

    began = time.process_time()
    await asyncio.gather(*(caller() for _ in range(IN_FLIGHT)))
    return (time.process_time() - began) / CALLS * 1000


async def calls(port: int) -> list[Figure]:
    """All clients in turn, a few times over."""
    async with AsyncExitStack() as opened:
        by_client = await clients(f"http://127.0.0.1:{port}/v1", opened)
        spent: dict[str, list[float]] = {name: [] for name in by_client}
        for _ in range(1 + TIMES):
            for name, call in by_client.items():
                spent[name].append(await cpu_of_a_call(call))
    medians = {name: statistics.median(times[1:]) for name, times in spent.items()}
    figures = [Figure(f"CPU of a call by {name}", ms, "ms") for name, ms in medians.items()]
    relative = medians["ours"] / medians["aiohttp"]
    return [*figures, Figure("CPU of a call by ours, in calls of aiohttp", relative, "", 2.5)]


@dataclass(frozen=True)
class Step:
    """Seconds that a step takes: of wall time, of CPU time, and of that the encoder's."""

    wall: float
    cpu: float
    encoder: float

    def figures(self, told: str, most: float) -> list[Figure]:
        """Its CPU time, apart from the encoder's."""
        return [
            Figure(f"CPU of a step {told}", (self.cpu - self.encoder) * 1000, "ms", most),
            Figure(f"the encoder beside it, {told}", self.encoder * 1000, "ms", MOST_OF_ENCODER),
        ]


async def play(graph: EpisodeGraph, context: Context, at_once: int, first: int) -> Step:
    """A step of episodes that are played side by side."""
    users = range(first, first + at_once)
    wall, cpu, encoder = time.monotonic(), time.process_time(), ENCODER.spent
    await asyncio.gather(*(graph.ainvoke({"user": user}, context=context) for user in users))
    steps = at_once * ROUNDS
    took = (time.monotonic() - wall, time.process_time() - cpu, ENCODER.spent - encoder)
    return Step(*(seconds / steps for seconds in took))


async def episodes(port: int, script: Path) -> list[Figure]:
    """Steps before the server, and of a model that needs none."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(132))
    graph = build_graph(patient_load())
    scripted = Context(model=f"scripted:{script}", memory="ephemeral", max_rounds=ROUNDS)
    served = replace(scripted, model="openai:loopback", base_url=f"http://127.0.0.1:{port}/v1")
    await play(graph, served, 1, 0)  # loads everything
    await play(graph, scripted, 1, 0)
    alone = await play(graph, scripted, 16, 1)
    figures = alone.figures("with a scripted model, 16 at once", 10.0)
    first = 20
    for at_once in AT_ONCE:
        step = await play(graph, served, at_once, first)
        first += at_once
        share, least = CALLS_ON_PATH * LATENCY / at_once / step.wall, LEAST_SHARE.get(at_once)
        figures += step.figures(f"by HTTP, {at_once} at once", 25.0)
        figures.append(Figure(f"{at_once} at once, share of ideal", share, "", least=least))
    return figures


def main() -> None:
    """Starts the servers and measures; says how busy the machine was."""
    os.environ["OPENAI_API_KEY"] = "loopback"
    load = os.getloadavg()[0]
    vectors = default_embedder()._vectors
    vectors._encode = ENCODER.watched(vectors._encode)
    with serving(0.0) as port:
        figures = asyncio.run(calls(port))
    with serving(LATENCY) as port, TemporaryDirectory() as place:
        script = Path(place) / "script.jsonl"
        lines = [json.dumps({"role": role, "reply": said}) for role, said in SCRIPT.items()]
        script.write_text("\n".join(lines))
        figures += asyncio.run(episodes(port, script))
    report([*figures, Figure("load of the machine before", load, "")])


if __name__ == "__main__":
    main()
