"""A Chroma server that is killed in the middle of commits: told while it is gone, nothing lost."""

import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from stores import (
    MEMORIES,
    Embedder,
    Lessons,
    Memories,
    StoreError,
    experience,
    in_memory,
    reflection,
    server,
    value,
)
from tests.servers.chroma import HOST, free_port, start_server

CAPACITY = 12  # less than what is taught, so that collections are replaced too
EPISODES = 8
KILLS = {0: (2, 0.0), 3: (6, 0.003), 6: (9, 0.0)}  # by episode: before which request, and later
RESTARTED = 3  # the episode at which the client's process is a new one too


def lessons(episode: int) -> Lessons:
    name = f"episode-{episode}"
    states = [f"{episode}.{number}" for number in range(4)]
    return Lessons(
        name,
        episode,
        {
            "reflections": (reflection(name, episode=name, at=episode, length=4, reward=9.0),),
            "experiences": tuple(experience(s, "Hades", verdict=1, at=episode) for s in states),
            "values": tuple(value(s, 1.0, at=episode, key=name) for s in ["shared", *states]),
        },
        reward=9.0,
    )


class Mortal:
    """A server on one folder and port, killed before a request, and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, free_port()
        self._requests_left = -1
        self._delay = 0.0
        self.start()

    def start(self) -> None:
        self.process: subprocess.Popen[bytes] = start_server(self.folder, self.port)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def kill_before(self, request: int, delay: float) -> None:
        self._requests_left, self._delay = request, delay

    def count(self) -> None:
        self._requests_left -= 1
        if self._requests_left == 0 and self._delay:
            threading.Timer(self._delay, self.process.kill).start()
        elif self._requests_left == 0:
            self.kill()


@pytest.fixture
def mortal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mortal]:
    mortal, request = Mortal(tmp_path / "chroma"), httpx.Client.request

    def counted(*arguments: Any, **named: Any) -> httpx.Response:
        mortal.count()
        return request(*arguments, **named)

    monkeypatch.setattr(httpx.Client, "request", counted)
    yield mortal
    mortal.kill()


def commit_until_it_is_gone(memories: Memories, lessons: Lessons) -> None:
    memories.commit(lessons)
    while True:
        memories.counts()


def test_a_server_that_dies_in_a_commit_is_named_and_nothing_is_lost_or_doubled(
    mortal: Mortal, fast: Embedder
) -> None:
    def client() -> Memories:
        return Memories(server(HOST, mortal.port, "mine", fast.name), fast, capacity=CAPACITY)

    memories, undisturbed = client(), Memories(in_memory(fast.name), fast, capacity=CAPACITY)
    told = f"{HOST}:{mortal.port} went away: start one with `chroma run --host {HOST} --port"
    for episode in range(EPISODES):
        if episode in KILLS:
            mortal.kill_before(*KILLS[episode])
            with pytest.raises(StoreError, match=told):
                commit_until_it_is_gone(memories, lessons(episode))
            mortal.process.wait()
            with pytest.raises(StoreError, match=told):
                memories.within("experiences", "a state", 0.1)
            mortal.start()
            memories = client() if episode == RESTARTED else memories
        memories.commit(lessons(episode))
        undisturbed.commit(lessons(episode))
    for name in MEMORIES:
        assert client().rows(name) == undisturbed.rows(name)
    undisturbed.close()
