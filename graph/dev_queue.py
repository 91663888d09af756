"""The run queue of `langgraph dev`, read where it is kept; other servers have queues of their own.

The development server looks at as many of the oldest pending runs as it has idle workers. A run
that cannot start keeps its place among these, and so may keep all later runs waiting.
"""

import logging
import sys
from collections.abc import MutableMapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RUNTIME = "langgraph_runtime_inmem.database"  # a server that runs on it has imported it
STORE = Path(".langgraph_api")  # in the server's current folder, of which it offers no choice

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class QueuedRun:
    """A pending or running run; its owner is None on a server without tokens."""

    id: str
    thread: str
    owner: str | None


def runs_in_flight() -> list[QueuedRun]:
    """All pending and running runs."""
    store = _store()
    return [
        QueuedRun(str(run["run_id"]), str(run["thread_id"]), run["metadata"].get("owner"))
        for run in (store["runs"] if store else ())
        if run["status"] in ("pending", "running")
    ]


def drop_orphans() -> int:
    """Drops pending runs whose thread is gone, which no worker can start; returns their number.

    A kill leaves such runs: the server writes its lists one after the other while they change.
    """
    store = _store()
    if not store or not store["runs"]:
        return 0
    threads = {thread["thread_id"] for thread in store["threads"]}
    kept = [
        run for run in store["runs"] if run["status"] != "pending" or run["thread_id"] in threads
    ]
    dropped = len(store["runs"]) - len(kept)
    if dropped:
        store["runs"] = kept
        log.warning("dropped %d pending runs whose threads are gone: start them again", dropped)
    return dropped


def close_store() -> None:
    """Closes the folder of the server's lists, which hold inputs of runs, to other users."""
    if _store() is not None:
        with suppress(OSError):
            STORE.chmod(0o700)


def _store() -> MutableMapping[str, Any] | None:
    runtime = sys.modules.get(RUNTIME)
    store: MutableMapping[str, Any] | None = runtime.GLOBAL_STORE if runtime else None
    return store
