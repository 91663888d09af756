"""A chat model whose calls are limited and recorded."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from models.calls import Call
from models.ledger import Ledger
from models.prompt import prompt_text, role_of
from models.usage import tokens_of
from models.wrapped import WrappedChatModel


class MeteredChatModel(WrappedChatModel):
    """Asks the ledger before each call, and returns a reply once the ledger has it in its file."""

    paid_as: str
    ledger: Ledger = Field(repr=False)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._place():
            began = time.monotonic()
            result = super()._generate(messages, stop, run_manager, **kwargs)
            call = self._call(messages, result, time.monotonic() - began)
        self.ledger.pay(call).result()
        return result

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        with self._place():
            began = time.monotonic()
            result = await super()._agenerate(messages, stop, run_manager, **kwargs)
            call = self._call(messages, result, time.monotonic() - began)
        paid = asyncio.wrap_future(self.ledger.pay(call))
        await asyncio.shield(paid)  # who is cancelled now has paid all the same
        return result

    @contextmanager
    def _place(self) -> Iterator[None]:
        self.ledger.start()
        try:
            yield
        except BaseException:
            self.ledger.give_back()
            raise

    def _call(self, messages: Sequence[BaseMessage], result: ChatResult, seconds: float) -> Call:
        role = role_of(prompt_text(messages))
        tokens = tokens_of(messages, result.generations[0].message)
        return Call(role, self.paid_as, tokens, seconds)
