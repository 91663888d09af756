"""Runs that are interrupted, find no room, or find somebody else at work: all can go on."""

import csv
import json
import re
import signal
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.system.processes import (
    BIN,
    PATIENCE,
    ROOT,
    environment,
    free_port,
    interruptible,
    served,
)

pytestmark = pytest.mark.system

SMALL = (
    *("compare", "--world", "demo", "--seeds", "1", "--train-episodes", "6", "--episodes", "6"),
    *("--batch", "3", "--rounds", "6", "--no-report"),
)
UNPROXIED = {"NO_PROXY": "127.0.0.1", "OPENAI_API_KEY": "none", "BILLP_API_KEY": "none"}
ROOMS = (300, 60_000, 1_000_000)
Serve = Callable[[int], str]


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    """Starts a chat server on loopback that answers after so many milliseconds."""
    with ExitStack() as servers:

        def start(latency: int) -> str:
            port = free_port()
            command = (sys.executable, "-m", "tests.servers.chat_server", "--port", str(port))
            address = f"http://127.0.0.1:{port}"
            log = tmp_path / f"server-{port}.log"
            servers.enter_context(
                served([*command, "--latency-ms", str(latency)], f"{address}/", log)
            )
            return f"{address}/v1"

        yield start


class Silent(socketserver.ThreadingTCPServer):
    """A chat server that never answers."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Unanswered)
        self.asked = 0

    @property
    def model(self) -> tuple[str, ...]:
        address = f"http://127.0.0.1:{self.server_address[1]}/v1"
        return ("--model", "openai:x", "--base-url", address)


class Unanswered(socketserver.BaseRequestHandler):
    server: Silent

    def handle(self) -> None:
        while self.request.recv(65536):
            self.server.asked += 1


@pytest.fixture
def silent() -> Iterator[Silent]:
    with Silent() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


class Running:
    """A command that runs, by default a small run in this folder, with what it has said."""

    def __init__(self, folder: Path, *arguments: str, command: str = "") -> None:
        self.log = folder.with_suffix(".log")
        self.folder = folder
        words = [command, *arguments] if command else [*SMALL, *arguments, "--out", str(folder)]
        with self.log.open("ab") as log, interruptible():
            self.process = subprocess.Popen(
                [str(BIN / "billp"), *words],
                cwd=ROOT,
                env={**environment(folder.parent / "home"), **UNPROXIED},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def said(self) -> str:
        return self.log.read_text()

    def calls(self) -> int:
        path = self.folder / "calls.csv"
        if not path.exists():
            return 0
        with path.open(newline="") as lines:
            return len(list(csv.DictReader(lines)))

    def wait_until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.02)

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        return self.process.wait(PATIENCE)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def summary(folder: Path) -> bytes:
    return (folder / "summary.json").read_bytes()


def test_an_interrupted_run_finishes_its_calls_says_how_to_go_on_and_does(
    tmp_path: Path, serve: Serve
) -> None:
    asked = ("--arms", "reflexion,billp", "--model", "openai:x", "--base-url", serve(100))
    alone = Running(tmp_path / "alone", *asked, "--concurrency", "16")
    stopped = Running(tmp_path / "stopped", *asked, "--workers", "2")
    stopped.wait_until(lambda: stopped.calls() >= 30)
    stopped.interrupt()
    assert stopped.ended() == 130
    assert re.search(r"finishing the calls of \d+ sessions?; press Ctrl-C again", stopped.said)
    assert "stopped: interrupted; " in stopped.said
    assert f"episodes are kept in {stopped.folder}: give the same command again" in stopped.said
    assert "Traceback" not in stopped.said

    again = Running(tmp_path / "stopped", *asked)
    assert (alone.ended(), again.ended()) == (0, 0), again.said
    assert summary(again.folder) == summary(alone.folder)
    assert again.calls() == alone.calls()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_second_interrupt_leaves_at_once(workers: int, tmp_path: Path, silent: Silent) -> None:
    options = ("--arms", "act-only", "--workers", str(workers))
    run = Running(tmp_path / "run", *options, *silent.model)
    run.wait_until(lambda: silent.asked > 0)
    children = psutil.Process(run.process.pid).children()
    run.interrupt()
    run.wait_until(lambda: "press Ctrl-C again to stop now" in run.said)
    run.interrupt()
    assert run.ended() == 130
    assert run.said.splitlines()[-1] == (
        f"left at once: what was finished is kept in {run.folder}: "
        "give the same command again to go on"
    )
    assert "Traceback" not in run.said
    assert len(children) == (workers if workers > 1 else 0)
    assert psutil.wait_procs(children, PATIENCE)[1] == []


def test_one_interrupt_ends_a_play_whose_model_does_not_answer(
    tmp_path: Path, silent: Silent
) -> None:
    play = Running(tmp_path / "play", *silent.model, "--thread", "mine", command="play")
    play.wait_until(lambda: silent.asked > 0)
    play.interrupt()
    assert play.ended() == 130
    assert play.said.splitlines()[-3:] == [
        "Saved. To go on:", "billp play --thread mine", "billp: interrupted",
    ]  # fmt: skip


def test_a_second_process_on_a_folder_is_refused(tmp_path: Path, silent: Silent) -> None:
    first = Running(tmp_path / "run", "--arms", "act-only", *silent.model)
    first.wait_until(lambda: silent.asked > 0)
    second = Running(tmp_path / "run", "--arms", "act-only", *silent.model)
    assert second.ended() == 2
    refusal = second.said.splitlines()[-1]
    assert refusal.startswith(f"billp: run folder {first.folder} is in use by another process")
    assert first.process.poll() is None
    first.kill()


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Runs that found too little room, went on with more, and what was said."""
    folder = tmp_path_factory.mktemp("filled")
    done = subprocess.run(
        [sys.executable, "-m", "tests.system.little_room", str(folder), *map(str, ROOMS)],
        cwd=ROOT,
        env=environment(folder / "home"),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("room", ROOMS)
def test_a_run_on_a_full_disk_ends_in_one_line_and_goes_on_when_there_is_room(
    room: int, filled: Any
) -> None:
    folder = filled[0] / str(room)
    [told] = [one for one in filled[1] if one["room"] == str(room)]
    assert (told["code"], told["again"]) == (2, 0)
    assert re.fullmatch(r"billp: .*(make room|name another place).*\n", told["said"])
    assert told["cut"] == []
    assert summary(folder) == summary(filled[0] / "alone")
    records = (folder / "cells" / "react.0" / "episodes.jsonl").read_bytes()
    assert records.count(b'"error":null') == records.count(b"\n") == 20
