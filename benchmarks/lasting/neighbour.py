"""How long an answer takes beside a client of `langgraph dev` that keeps asking for 500 runs.

`python -m benchmarks.lasting.neighbour [SECONDS]` plays for as long, a minute by default.
"""

import asyncio
import os
import secrets
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import httpx
from langgraph_sdk import get_client

from benchmarks.figures import Figure, report
from benchmarks.lasting.server_load import Seen, Visitor, free_port, serve, wait_for

SECONDS, RUNS = 60.0, 500
AT_ONCE = 50  # requests
JOBS = 20  # runs at once, as docs/serving.md has it
CONTEXT: Any = {"world": "demo", "memory": "flood", "max_rounds": 100}


async def flood(address: str, token: str, until: float, told: Counter[int]) -> None:
    """Asks for one run after the other, again and again where it is refused."""
    client, at_once = get_client(url=address, api_key=token), asyncio.Semaphore(AT_ONCE)

    async def ask(user: int) -> None:
        while time.monotonic() < until:
            async with at_once:
                status, wait = await try_run(user)
            told[status] += 1
            if status == 200:
                return
            await asyncio.sleep(wait)

    async def try_run(user: int) -> tuple[int, float]:
        try:
            await client.runs.create(None, "billp", input={"user": user}, context=CONTEXT)
        except httpx.HTTPStatusError as error:
            answer = error.response
            return answer.status_code, float(answer.headers.get("Retry-After", 1))
        return 200, 0.0

    await asyncio.gather(*(ask(user % 150) for user in range(RUNS)))


async def load(address: str, tokens: dict[str, str], seconds: float) -> list[Figure]:
    """A client that answers in its own session, alone and then beside the flood."""
    alone, beside, told = Seen(), Seen(), Counter[int]()
    (name, token), (_, greedy) = tokens.items()
    await Visitor(address, name, token, Seen()).visit(time.monotonic() + 1)
    await Visitor(address, name, token, alone).visit(time.monotonic() + seconds / 4)
    until = time.monotonic() + seconds
    flooding = asyncio.create_task(flood(address, greedy, until, told))
    await Visitor(address, name, token, beside).visit(until)
    await flooding
    for error in sorted(set(beside.errors)):
        print(error, file=sys.stderr)
    latencies = statistics.quantiles(beside.answers, n=20)
    return [
        Figure("neighbour: an answer alone, median", statistics.median(alone.answers), "s"),
        Figure("neighbour: beside 500 runs, median", latencies[9], "s"),
        Figure("neighbour: beside 500 runs, 95 of 100", latencies[18], "s", 2.0),
        Figure("neighbour: beside 500 runs, the longest", max(beside.answers), "s"),
        Figure("neighbour: errors of that client", len(beside.errors), "", 0),
        Figure("neighbour: runs of the other that were taken", told[200], ""),
        Figure("neighbour: and refused for now (429)", told[429], "times"),
        Figure("neighbour: other statuses", sum(told.values()) - told[200] - told[429], "", 0),
    ]


def main() -> None:
    """Starts a server of its own, and ends it."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    tokens = {name: secrets.token_urlsafe(24) for name in ("patient", "greedy")}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = serve(Path(folder), port, tokens, JOBS)
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(address, process)
            report(asyncio.run(load(address, tokens, seconds)))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


if __name__ == "__main__":
    main()
