"""What users may write for `import:`: good factories and bad ones."""

from collections.abc import Sequence
from typing import Any

from langchain_core.language_models import FakeListChatModel
from langchain_core.messages import AIMessage, BaseMessage

from models import FREE, Form, ModelSpec, Reply, Role, Tokens

asked: list[ModelSpec] = []
setting = 7


def fake() -> FakeListChatModel:
    return FakeListChatModel(responses=["recommend[Braid]"])


def unbounded() -> FakeListChatModel:
    return fake()


def told(spec: ModelSpec) -> FakeListChatModel:
    asked.append(spec)
    return FakeListChatModel(responses=[f"seed {spec.seed}"])


def with_defaults(temperature: float = 0.1) -> FakeListChatModel:
    return FakeListChatModel(responses=[f"temperature {temperature}"])


def chat_call() -> Any:
    async def call(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        return Reply(AIMessage(f"{role} {form.room}"), Tokens(3, 2))

    return call


def wrong_reply() -> Any:
    async def call(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Any:
        return "recommend[Braid]"

    return call


def without_room() -> Any:
    async def call(role: Role, messages: Sequence[BaseMessage]) -> Any:
        return None

    return call


def text() -> str:
    return "no model"


def greedy(spec: ModelSpec, more: int) -> None: ...


def broken() -> None:
    raise KeyError("WEIGHTS\nfolder")
