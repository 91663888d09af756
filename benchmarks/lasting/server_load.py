"""Fifty clients of `langgraph dev` at once for a minute: errors, foreign data, pace, memory."""

import argparse
import asyncio
import os
import secrets
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from benchmarks.figures import Figure, report

ROOT = Path(__file__).resolve().parents[2]
CONTEXT: Any = {"world": "demo", "human": True}
ROUNDS = 6  # of a session, before its user ends it
STARTED_WITHIN = 120.0
PAGES = os.sysconf("SC_PAGE_SIZE")


@dataclass
class Seen:
    """What all clients saw together."""

    answers: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: int = 0


class Visitor:
    """A client with a token of its own, and a user whose history bears the client's mark."""

    def __init__(self, address: str, name: str, token: str, seen: Seen) -> None:
        self._client: LangGraphClient = get_client(url=address, api_key=token)
        self._name = name
        self._mark = f"Marked for {name}"
        self._seen = seen
        self._thread = ""

    async def visit(self, until: float) -> None:
        """One session after another."""
        self._thread = (await self._client.threads.create())["thread_id"]
        while time.monotonic() < until:
            try:
                await self._session(until)
                await self._look_around()
            except Exception as error:  # noqa: BLE001 - whatever goes wrong is what is counted
                self._seen.errors.append(f"{type(error).__name__}: {error}")

    async def _session(self, until: float) -> None:
        given = {"input": {"user": self._mark, "viewed": [self._mark]}}
        asked = await self._run(given)
        for round_ in range(ROUNDS):
            last = round_ == ROUNDS - 1 or time.monotonic() > until
            answer = {"rating": 3 + round_ % 3, "end": last, "question": asked["question"]}
            asked = await self._run({"command": {"resume": answer}})
            if last:
                return

    async def _run(self, what: dict[str, Any]) -> Any:
        began = time.monotonic()
        state: Any = await self._client.runs.wait(self._thread, "billp", context=CONTEXT, **what)
        self._seen.answers.append(time.monotonic() - began)
        if state["user"] != self._mark or self._mark not in state["history"]:
            self._seen.foreign += 1
        return state["__interrupt__"][0]["value"] if "__interrupt__" in state else None

    async def _look_around(self) -> None:
        """Nothing of anybody else may be in sight."""
        threads = await self._client.threads.search(limit=100)
        self._seen.foreign += sum(
            (one["metadata"] or {}).get("owner") != self._name for one in threads
        )


def resident(group: int) -> int:
    """Bytes in memory of all processes of a group."""
    total = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError, ValueError):
            if os.getpgid(int(folder.name)) == group:
                total += int((folder / "statm").read_text().split()[1]) * PAGES
    return total


async def load(address: str, tokens: dict[str, str], seconds: float, group: int) -> list[Figure]:
    """All clients at once, after one of them has made the server load its models."""
    seen, warm = Seen(), Seen()
    name, token = next(iter(tokens.items()))
    await Visitor(address, name, token, warm).visit(time.monotonic() + 1)
    until = time.monotonic() + seconds
    visitors = [Visitor(address, name, token, seen).visit(until) for name, token in tokens.items()]
    measuring = asyncio.create_task(memory(group, until))
    await asyncio.gather(*visitors)
    sizes = await measuring
    for error in sorted(set(seen.errors)):
        print(error, file=sys.stderr)
    third = len(sizes) // 3
    early, late = statistics.median(sizes[third : 2 * third]), statistics.median(sizes[-third:])
    latencies = statistics.quantiles(seen.answers, n=20)
    return [
        Figure("server load: errors", len(seen.errors), "", 0),
        Figure("server load: what another client's data was seen", seen.foreign, "times", 0),
        Figure("server load: answers", len(seen.answers) / seconds, "a second"),
        Figure("server load: an answer takes, median", latencies[9], "s"),
        Figure("server load: an answer takes, 95 of 100", latencies[18], "s"),
        Figure("server load: memory at the end", sizes[-1] / 1e6, "MB"),
        Figure("server load: memory, last third to second", late / early, "times", 1.05),
    ]


async def memory(group: int, until: float) -> list[int]:
    """The server's size, once a second."""
    sizes = []
    while time.monotonic() < until:
        sizes.append(await asyncio.to_thread(resident, group))
        await asyncio.sleep(1)
    return sizes


def main() -> None:
    """Starts a server of its own, and ends it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--clients", type=int, default=50)
    options.add_argument("--seconds", type=float, default=60.0)
    chosen = options.parse_args()
    tokens = {f"client-{n}": secrets.token_urlsafe(24) for n in range(chosen.clients)}
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        process = serve(Path(folder), port, tokens)
        try:
            wait_for(f"http://127.0.0.1:{port}", process)
            address = f"http://127.0.0.1:{port}"
            report(asyncio.run(load(address, tokens, chosen.seconds, process.pid)))
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def serve(
    folder: Path, port: int, tokens: dict[str, str], jobs: int | None = None
) -> "subprocess.Popen[bytes]":
    """`langgraph dev` in a folder of its own, for as many runs at once as there are clients."""
    command = [str(Path(sys.executable).parent / "langgraph"), "dev", "--no-browser", "--no-reload"]
    command += ["--config", str(ROOT / "langgraph.json"), "--port", str(port)]
    command += ["--n-jobs-per-worker", str(jobs or len(tokens))]
    listed = ",".join(f"{name}:{token}" for name, token in tokens.items())
    own = {"BILLP_HOME": str(folder / "home"), "BILLP_TOKENS": listed, "HF_HUB_OFFLINE": "1"}
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            command,
            cwd=folder,
            stdout=log,
            stderr=subprocess.STDOUT,
            env={**os.environ, **own},
            start_new_session=True,
        )


def wait_for(address: str, process: "subprocess.Popen[bytes]") -> None:
    """Returns once the server answers."""
    deadline = time.monotonic() + STARTED_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(URLError, OSError), urlopen(f"{address}/ok", timeout=2):
            return
        time.sleep(0.2)
    raise RuntimeError("the server did not start")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    main()
