"""A play on its thread: checkpoints in SQLite, one step of the conversation after another."""

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from langgraph.types import Command, StateSnapshot

from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from nodes import Context
from simulator import home

SETTINGS = "play"  # what checkpoints keep beside the state


class PlayThread:
    """A session with the person at the terminal, at the point where it was left."""

    def __init__(self, name: str) -> None:
        self._config: Any = {"configurable": {"thread_id": name}}
        self._context = Context(human=True)
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        folder = home() / "play"
        folder.mkdir(parents=True, exist_ok=True)
        self._runner.__enter__()
        saver = GroupCommitSaver.open(folder / "threads.sqlite")
        self._graph = build_graph(checkpointer=self._do(self._open.enter_async_context(saver)))
        self._at: StateSnapshot = self._do(self._graph.aget_state(self._config))
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._open.aclose())
        self._runner.__exit__(None, None, None)

    @property
    def begun(self) -> bool:
        """Whether somebody has arrived: not where what they asked for could not be played."""
        return "id" in self._at.values

    @property
    def settings(self) -> Mapping[str, Any] | None:
        """What the thread was begun with, or None where it is new."""
        kept = (self._at.metadata or {}).get(SETTINGS)
        return json.loads(kept) if self.begun and isinstance(kept, str) else None

    @property
    def values(self) -> Mapping[str, Any]:
        """The state of the session."""
        return self._at.values

    @property
    def waits(self) -> bool:
        """Whether there is something left to go on with."""
        return bool(self._at.next)

    @property
    def question(self) -> Mapping[str, Any] | None:
        """What the person is asked, if it is their turn."""
        return self._at.interrupts[0].value if self._at.interrupts else None

    def begin(self, context: Context, given: Mapping[str, Any], settings: str) -> None:
        """Goes on to the next question: of what was left, or of a new session."""
        self._context = context
        self._config["metadata"] = {SETTINGS: settings}
        if not self.question:
            self._go(None if self.begun and self.waits else dict(given))

    def answer(self, said: str) -> None:
        """Goes on with what the person said."""
        self._go(Command(resume=said))

    def _go(self, given: Any) -> None:
        self._do(self._graph.ainvoke(given, self._config, context=self._context))
        self._at = self._do(self._graph.aget_state(self._config))

    def _do(self, work: Any) -> Any:
        return self._runner.run(work)
