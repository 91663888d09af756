"""A chat call: a role and its messages in, a reply out."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.runnables import RunnableConfig

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


ChatCall = Callable[[Role, Sequence[BaseMessage]], Awaitable[Reply]]


def from_chat_model(model: BaseChatModel) -> ChatCall:
    """Any LangChain chat model as a chat call; traces show its run under the role's name."""

    async def call(role: Role, messages: Sequence[BaseMessage]) -> Reply:
        return await invoke(model, role, messages)

    return call


async def invoke(
    model: BaseChatModel, role: Role, messages: Sequence[BaseMessage], **options: Any
) -> Reply:
    """Runs a LangChain chat model for a role."""
    config = RunnableConfig(run_name=role, tags=[role], metadata={"role": role})
    message = await model.ainvoke(list(messages), config, **options)
    return Reply(message, tokens_of(messages, message))
