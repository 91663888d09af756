"""The development server's queue: runs that no worker can start are dropped."""

import sys
from types import SimpleNamespace
from typing import Any

import pytest

from graph.dev_queue import RUNTIME, QueuedRun, drop_orphans, runs_in_flight


def run(name: str, status: str = "pending", **metadata: str) -> dict[str, Any]:
    return {"run_id": name, "thread_id": f"of {name}", "status": status, "metadata": metadata}


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the server keeps."""
    store: dict[str, Any] = {"runs": [], "threads": []}
    monkeypatch.setitem(sys.modules, RUNTIME, SimpleNamespace(GLOBAL_STORE=store))  # type: ignore[arg-type]
    return store


def test_pending_runs_without_a_thread_are_dropped(store: dict[str, Any]) -> None:
    store["runs"] = [run("gone"), run("kept"), run("done", "success")]
    store["threads"] = [{"thread_id": "of kept"}]
    assert drop_orphans() == 1
    assert [one["run_id"] for one in store["runs"]] == ["kept", "done"]
    assert drop_orphans() == 0


def test_pending_and_running_runs_are_in_flight_with_their_owners(store: dict[str, Any]) -> None:
    store["runs"] = [run("a", owner="shop"), run("b", "running"), run("c", "error", owner="shop")]
    assert runs_in_flight() == [QueuedRun("a", "of a", "shop"), QueuedRun("b", "of b", None)]


def test_another_server_has_no_such_queue() -> None:
    assert RUNTIME not in sys.modules
    assert (drop_orphans(), runs_in_flight()) == (0, [])
