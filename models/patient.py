"""A chat model behind a server that may fail: the one place where requests are sent again."""

import asyncio
import contextvars
import math
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from typing import Any, Self, TypeVar

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import Field

from models.course import Course, Remote
from models.failures import RESPONSE_FORMAT
from models.structured import response_format
from models.wrapped import WrappedChatModel

T = TypeVar("T")


class PatientChatModel(WrappedChatModel):
    """Asks again what failed for now, within bounds; says clearly what failed for good.

    `forget` makes the model inside leave out an option from then on.
    """

    remote: Remote
    forget: Callable[[str], None] = Field(repr=False)

    def around(self, dress: Callable[[BaseChatModel], BaseChatModel]) -> Self:
        """The same, with something put around every single request."""
        return self.model_copy(update={"inner": dress(self.inner)})

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = partial(super()._generate, messages, stop, run_manager, **kwargs)
        course = Course(self.remote, messages)
        while True:
            with course.turn() as waits:
                for seconds in waits:
                    time.sleep(seconds)
            try:
                limit = course.begin()
                return course.accepted(within(limit, partial(request, **self._options(course))))
            except Exception as error:
                if not course.blames(error):
                    raise
            time.sleep(course.pause())

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        request = partial(super()._agenerate, messages, stop, run_manager, **kwargs)
        course = Course(self.remote, messages)
        while True:
            with course.turn() as waits:
                for seconds in waits:
                    await asyncio.sleep(seconds)
            try:
                async with asyncio.timeout(course.begin()) as limit:
                    with watching(course, limit):
                        return course.accepted(await request(**self._options(course)))
            except Exception as error:
                if not course.blames(error):
                    raise
            await asyncio.sleep(course.pause())

    def _options(self, course: Course) -> dict[str, Any]:
        """How to ask this server now; it may have turned out not to take what it got before."""
        for option in self.remote.endpoint.untaken:
            self.forget(option)
        if RESPONSE_FORMAT not in self.remote.options():
            return {}
        role = course.role
        return {"extra_body": {RESPONSE_FORMAT: response_format(role)}} if role else {}


@contextmanager
def watching(course: Course, limit: asyncio.Timeout) -> Iterator[None]:
    """Brings the limit forward where the reply is overdue and may be asked for again."""
    loop = asyncio.get_running_loop()

    def overdue() -> None:
        if not limit.expired() and course.gives_up():
            limit.reschedule(loop.time())

    seconds = course.overdue()
    timer = loop.call_later(seconds, overdue) if seconds < math.inf else None
    try:
        yield
    finally:
        if timer:
            timer.cancel()


def within(seconds: float, work: Callable[[], T]) -> T:
    """What comes of the work, if it comes in time; a server may send a byte a minute for ever."""
    done: Future[T] = Future()
    context = contextvars.copy_context()

    def run() -> None:
        try:
            done.set_result(context.run(work))
        except BaseException as error:  # noqa: BLE001  # it belongs to the thread that waits
            done.set_exception(error)

    threading.Thread(target=run, name="chat call", daemon=True).start()
    return done.result(seconds)
