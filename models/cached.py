"""A chat model that is not asked the same twice."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from pydantic import Field

from models.cache import ReplyCache
from models.spec import ModelSpec, exact_name
from models.wrapped import WrappedChatModel


class NothingSaid(Exception):  # not an error: it never leaves this file
    """A reply that holds nothing: it is passed on, but asking again may bring one."""

    def __init__(self, result: ChatResult) -> None:
        super().__init__()
        self.result = result


class CachedChatModel(WrappedChatModel):
    """Gives the reply that the same messages got before, with the usage of that time."""

    asked: Mapping[str, Any]
    replies: ReplyCache = Field(repr=False)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        rest = super()._generate

        def ask() -> str:
            return written(said(rest(messages, stop, run_manager, **kwargs)))

        try:
            return self._read(self.replies.get(self._key(messages, stop, kwargs), ask))
        except NothingSaid as nothing:
            return nothing.result

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        rest = super()._agenerate

        async def ask() -> str:
            return written(said(await rest(messages, stop, run_manager, **kwargs)))

        try:
            return self._read(await self.replies.aget(self._key(messages, stop, kwargs), ask))
        except NothingSaid as nothing:
            return nothing.result

    def _key(
        self, messages: Sequence[BaseMessage], stop: list[str] | None, more: Mapping[str, Any]
    ) -> str:
        said = [[message.type, message.content] for message in messages]
        return key_of({**self.asked, "messages": said, "stop": stop, "more": more})

    def _read(self, text: str) -> ChatResult:
        try:
            message = AIMessage(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise self.replies.damaged("a reply in it cannot be read") from error
        return ChatResult(generations=[ChatGeneration(message=message)])


def asked_of(spec: ModelSpec) -> dict[str, Any]:
    """What makes two models answer differently: the exact name, with its server, and parameters."""
    parameters = {**asdict(spec), "name": exact_name(spec), "temperature": float(spec.temperature)}
    del parameters["base_url"]  # in the exact name, without any key that may stand in it
    return parameters


def key_of(request: Mapping[str, Any]) -> str:
    """A request's key; it tells nothing of what was asked."""
    text = json.dumps(request, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def said(result: ChatResult) -> ChatResult:
    """A reply that says something."""
    if not result.generations[0].message.text.strip():
        raise NothingSaid(result)
    return result


def written(result: ChatResult) -> str:
    """A reply as it is kept: what was said and what it cost."""
    message = result.generations[0].message
    kept = ("content", "additional_kwargs", "response_metadata", "usage_metadata")
    return json.dumps({name: getattr(message, name, None) for name in kept}, default=repr)
