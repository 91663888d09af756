"""A play on its LangGraph thread, with settings and checkpoints in SQLite."""

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, Self

from langgraph.types import Command, StateSnapshot
from pydantic import TypeAdapter

import durable
from experiments.errors import RunError
from experiments.interrupts import left_to_asyncio
from graph.checkpoints import GroupCommitSaver
from graph.episode import build_graph
from home_folder import home
from models import ReplyTokens
from models.server import refuse_secrets
from nodes import ArmName, Context

SETTINGS = "play"  # the key of the settings in the checkpoints' metadata
NO_USER = "you"  # the user id of a person who plays nobody of the world


@dataclass(frozen=True)
class PlaySettings:
    """Who plays, and who recommends."""

    world: str = "demo"
    arm: ArmName = "billp"
    model: str = "offline"
    base_url: str | None = None
    choose: Literal["number", "title"] = "number"
    structured: bool = True
    thinking: bool | None = None
    reply_tokens: ReplyTokens = field(default_factory=ReplyTokens)
    user: int | None = None
    viewed: Sequence[str] = ()
    rounds: int = 100
    memory: str = "default"

    @classmethod
    def resumed(cls, kept: str, wanted: Mapping[str, Any], thread: str) -> Self:
        """The settings that a thread was begun with; other wanted values are refused."""
        begun = cls.parsed(json.loads(kept))
        refuse_secrets(begun.base_url or "")
        asked = cls.parsed({**asdict(begun), **wanted})
        for key in wanted:
            before, now = getattr(begun, key), getattr(asked, key)
            if before != now:
                raise RunError(
                    f"thread {thread!r} was begun with {key} {_shown(before)}, not {_shown(now)}: "
                    f"leave {_option(key, now)} out, or begin another thread"
                )
        return begun

    @classmethod
    def parsed(cls, given: Mapping[str, Any]) -> Self:
        """The settings of these values; those that are missing have the defaults."""
        return TypeAdapter(cls).validate_python(given)

    def to_json(self) -> str:
        """The form that `resumed` reads."""
        return json.dumps(asdict(self))

    def context(self) -> Context:
        """The settings of the episode."""
        return Context(
            world=self.world,
            arm=self.arm,
            model=self.model,
            base_url=self.base_url,
            choose=self.choose,
            structured=self.structured,
            thinking=self.thinking,
            reply_tokens=self.reply_tokens,
            memory=self.memory,
            max_rounds=self.rounds,
            human=True,
        )

    def episode_input(self) -> dict[str, Any]:
        """The user, and what they viewed before."""
        user = NO_USER if self.user is None else self.user
        return {"user": user, "viewed": self.viewed} if self.viewed else {"user": user}


def _shown(value: object) -> str:
    return str(value) if isinstance(value, ReplyTokens) else repr(value)


def _option(key: str, value: object) -> str:
    return f"--{'no-' if value is False else ''}{key.replace('_', '-')}"


class PlayThread:
    """A person's session, resumed where it was left; synchronous, on an event loop of its own."""

    def __init__(self, name: str) -> None:
        self._config: Any = {"configurable": {"thread_id": name}}
        self._context = Context(human=True)
        self._runner = asyncio.Runner()
        self._open = AsyncExitStack()

    def __enter__(self) -> Self:
        folder = home() / "play"
        durable.make_folder(folder)
        self._runner.__enter__()
        saver = GroupCommitSaver.open(folder / "threads.sqlite")
        self._graph = build_graph(checkpointer=self._await(self._open.enter_async_context(saver)))
        self._read()
        return self

    def __exit__(self, *_: object) -> None:
        self._await(self._open.aclose())
        self._runner.__exit__(None, None, None)

    @property
    def begun(self) -> bool:
        """Whether the episode has started: it has not where its settings were refused."""
        return "id" in self.values

    @property
    def settings(self) -> str | None:
        """The `PlaySettings` of the thread as JSON, or None where it is new."""
        return self._settings if self.begun and isinstance(self._settings, str) else None

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
        try:
            self._await(self._graph.ainvoke(given, self._config, context=self._context))
        finally:  # what was begun is known, also after Ctrl-C
            self._read()

    def _read(self) -> None:
        """Reads the session's state, whether nodes are left to run, and the open question."""
        at: StateSnapshot = self._await(self._graph.aget_state(self._config))
        self.values: Mapping[str, Any] = at.values
        self.unfinished = bool(at.next)
        self.question: Mapping[str, Any] | None = at.interrupts[0].value if at.interrupts else None
        self._settings = (at.metadata or {}).get(SETTINGS)

    def _await(self, work: Any) -> Any:
        with left_to_asyncio():
            return self._runner.run(work)
