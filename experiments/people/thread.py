"""A play on its LangGraph thread, with checkpoints in SQLite."""

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Any, Self

from langgraph.types import Command, StateSnapshot

from experiments.people.play_settings import PlaySettings
from graph.checkpoints import Checkpoints
from graph.episode import build_graph
from nodes import Context
from simulator import home

SETTINGS = "play"  # the key of the settings in the checkpoints' metadata


class PlayThread:
    """A person's session, resumed where it was left; synchronous, on an event loop of its own."""

    def __init__(self, name: str) -> None:
        self._config: Any = {"configurable": {"thread_id": name}}
        self._context = Context(human=True)
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        folder = home() / "play"
        folder.mkdir(parents=True, exist_ok=True)
        self._runner.__enter__()
        saver = Checkpoints.opened(folder / "threads.sqlite")
        self._graph = build_graph(checkpointer=self._await(self._open.enter_async_context(saver)))
        self._at: StateSnapshot = self._await(self._graph.aget_state(self._config))
        return self

    def __exit__(self, *_: object) -> None:
        self._await(self._open.aclose())
        self._runner.__exit__(None, None, None)

    @property
    def begun(self) -> bool:
        """Whether the episode has started: it has not where its settings were refused."""
        return "id" in self._at.values

    @property
    def settings(self) -> str | None:
        """The `PlaySettings` of the thread as JSON, or None where it is new."""
        kept = (self._at.metadata or {}).get(SETTINGS)
        return kept if self.begun and isinstance(kept, str) else None

    @property
    def values(self) -> Mapping[str, Any]:
        """The state of the session."""
        return self._at.values

    @property
    def unfinished(self) -> bool:
        """Whether there are nodes left to run."""
        return bool(self._at.next)

    @property
    def question(self) -> Mapping[str, Any] | None:
        """The interrupt that waits for the person's answer, if any."""
        return self._at.interrupts[0].value if self._at.interrupts else None

    def start(self, settings: PlaySettings) -> None:
        """Runs to the next question, of the session that was left or of a new one."""
        self._context = settings.context()
        self._config["metadata"] = {SETTINGS: settings.to_json()}
        if not self.question:
            resumed = self.begun and self.unfinished
            self._run(None if resumed else settings.episode_input())

    def answer(self, answer: str) -> None:
        """Runs to the next question."""
        self._run(Command(resume=answer))

    def _run(self, given: Any) -> None:
        self._await(self._graph.ainvoke(given, self._config, context=self._context))
        self._at = self._await(self._graph.aget_state(self._config))

    def _await(self, work: Any) -> Any:
        return self._runner.run(work)
