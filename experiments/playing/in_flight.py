"""Calls of one episode side by side: one that fails waits for those that are under way.

LangGraph cancels the nodes beside one that fails. A call that was cut off there would have been
paid for, and be in nobody's records.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from models.wrapped import WrappedChatModel


class UnderWay:
    """The calls under way, by the episode that they are for."""

    def __init__(self) -> None:
        self._calls = defaultdict[str, set[asyncio.Future[None]]](set)

    @contextmanager
    def one(self, episode: str) -> Iterator[None]:
        """Counts a call for as long as it lasts."""
        ended = asyncio.get_running_loop().create_future()
        self._calls[episode].add(ended)
        try:
            yield
        finally:
            ended.set_result(None)
            self._calls[episode].remove(ended)
            if not self._calls[episode]:
                del self._calls[episode]

    async def ended(self, episode: str) -> None:
        """Waits for the calls of an episode that have begun."""
        if episode in self._calls:
            await asyncio.wait(self._calls[episode].copy())


class BesideChatModel(WrappedChatModel):
    """Fails only when no other call of its episode is under way."""

    under_way: UnderWay = Field(repr=False)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        episode = str(run_manager.metadata.get("thread_id")) if run_manager else ""
        try:
            with self.under_way.one(episode):
                return await super()._agenerate(messages, stop, run_manager, **kwargs)
        except Exception:
            await self.under_way.ended(episode)
            raise
