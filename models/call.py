"""A chat call: a role and its messages in, a reply out; also of a program's own chat model."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

from models.errors import ModelError
from models.roles import Role
from models.tokens import Tokens, tokens_of


@dataclass(frozen=True)
class Reply:
    """What a chat model answered, and the tokens of the call."""

    message: AIMessage
    tokens: Tokens

    @property
    def text(self) -> str:
        """The answer itself."""
        return self.message.text

    @property
    def finish_reason(self) -> str | None:
        """Why the model stopped writing, if the server says so."""
        reason = self.message.response_metadata.get("finish_reason")
        return str(reason) if reason else None


class ChatCall(Protocol):
    """Asks a role's chat model; `room` lifts the bound on the reply after one that was cut off."""

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], *, room: bool = False
    ) -> Reply:
        """The reply to these messages."""
        ...


OWN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")

_registered: dict[str, ChatCall] = {}


def from_chat_model(model: BaseChatModel) -> ChatCall:
    """Any LangChain chat model as a chat call; traces show its run under the role's name."""

    async def call(role: Role, messages: Sequence[BaseMessage], *, room: bool = False) -> Reply:
        return await invoke(model, role, messages)

    return call


async def invoke(
    model: BaseChatModel, role: Role, messages: Sequence[BaseMessage], **options: Any
) -> Reply:
    """Runs a LangChain chat model for a role."""
    config = RunnableConfig(run_name=role, tags=[role], metadata={"role": role})
    message = await model.ainvoke(list(messages), config, **options)
    return Reply(message, tokens_of(messages, message))


def register_model(name: str, model: BaseChatModel | ChatCall) -> str:
    """Makes a chat model known in this process as `own:NAME`, which is returned."""
    if not OWN_NAME.fullmatch(name):
        raise ModelError(f"a chat model cannot be named {name!r}: use letters, digits and ._/-")
    _registered[name] = from_chat_model(model) if isinstance(model, BaseChatModel) else model
    return f"own:{name}"


def registered_model(name: str) -> ChatCall:
    """The chat call that was registered last under this name."""
    if name not in _registered:
        raise ModelError(
            f"model 'own:{name}' is not known in this process: "
            f"call models.register_model({name!r}, ...) first"
        )

    async def call(role: Role, messages: Sequence[BaseMessage]) -> Reply:
        return await _registered[name](role, messages)

    return call
