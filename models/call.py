"""A chat call: a role and its messages in, a reply out; also of a program's own chat model."""

import inspect
import re
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import run_in_executor

from models.errors import ModelError
from models.form import FREE, Form
from models.roles import Role
from models.tokens import Tokens, tokens_of

ENDINGS = ("finish_reason", "stop_reason", "stopReason", "done_reason")  # where servers say why
CUT_OFF = ("length", "max_tokens", "model_length", "max_output_tokens")


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
        """Why the model stopped writing, if the server says so; "length" if it had to."""
        said = self.message.response_metadata
        reason = next((str(said[name]) for name in ENDINGS if said.get(name)), None)
        return "length" if reason and reason.lower() in CUT_OFF else reason

    @property
    def ended(self) -> bool:
        """Whether the server said that the reply is whole, or why it is not."""
        return not self.message.response_metadata.keys().isdisjoint((*ENDINGS, "status"))


class ChatCall(Protocol):
    """Asks a role's chat model for a reply in a form."""

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        """The reply to these messages."""
        ...


OWN_FORM = "a LangChain chat model, or an async function (role, messages, form) -> Reply"
OWN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,99}")

_registered: dict[str, ChatCall] = {}


def from_chat_model(model: BaseChatModel) -> ChatCall:
    """Any LangChain chat model as a chat call; traces show its run under the role's name."""

    async def call(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        return await invoke(model, role, messages)

    return call


async def invoke(
    model: BaseChatModel, role: Role, messages: Sequence[BaseMessage], **options: Any
) -> Reply:
    """Runs a LangChain chat model for a role."""
    message = await model.ainvoke(list(messages), _config(role), **options)
    return Reply(message, tokens_of(messages, message))


def register_model(name: str, model: BaseChatModel | ChatCall) -> str:
    """Makes a chat model known in this process as `own:NAME`, which is returned."""
    if not OWN_NAME.fullmatch(name):
        raise ModelError(f"a chat model cannot be named {name!r}: use letters, digits and ._/-")
    if not (isinstance(model, BaseChatModel) or is_chat_call(model)):
        raise ModelError(f"chat model {name!r} must be {OWN_FORM}")
    _registered[name] = from_chat_model(model) if isinstance(model, BaseChatModel) else model
    return f"own:{name}"


def is_chat_call(made: Any) -> bool:
    """Whether this is an async function of a role, messages and a form."""
    call = made if inspect.isroutine(made) else getattr(made, "__call__", None)  # noqa: B004
    if not inspect.iscoroutinefunction(call):
        return False
    try:
        inspect.signature(made).bind("actor", [], FREE)
    except TypeError:
        return False
    return True


def registered_model(name: str) -> ChatCall:
    """The chat call that was registered last under this name."""
    if name not in _registered:
        raise ModelError(
            f"model 'own:{name}' is not known in this process: "
            f"call models.register_model({name!r}, ...) first"
        )

    async def call(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        return await _registered[name](role, messages, form)

    return call


async def invoke_in(
    worker: Executor,
    model: BaseChatModel,
    role: Role,
    messages: Sequence[BaseMessage],
    **options: Any,
) -> Reply:
    """Runs a LangChain chat model for a role in this worker's thread."""
    call = partial(model.invoke, list(messages), _config(role), **options)
    message = await run_in_executor(worker, call)
    return Reply(message, tokens_of(messages, message))


def _config(role: Role) -> RunnableConfig:
    return RunnableConfig(run_name=role, tags=[role], metadata={"role": role})
