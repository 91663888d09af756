"""Retry of a chat call: which failures, how often, with what pauses, and when to give up."""

import asyncio
import logging
import random
import time
import warnings
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

from langchain_core.messages import BaseMessage

from models import error_messages
from models.call import ChatCall, Reply
from models.errors import LimitHeldError
from models.failures import BUSY, TIMEOUT_VARIABLE, Failure, MalformedReplyError, failure_of
from models.form import FREE, Form
from models.rate_limit import Turn
from models.roles import Role
from models.server import Server
from models.server_state import ModelState
from models.spec import number_in_environment
from models.tokens import estimate_prompt

TIMEOUT_SECONDS = 120.0

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class RetryPolicy:
    """Bounds of one call, in seconds.

    `Retry-After` waits count towards the deadline, waits for our own rate limit and for the calls
    that hold what is left of a limit do not. A server that never answered in this process and
    cannot be reached gets fewer attempts.
    """

    timeout: float = TIMEOUT_SECONDS
    timeouts_in_all: int = 3
    in_all_at_least: float = 90.0  # many servers count by the minute, and ask for such waits
    attempts: int = 10
    attempts_at_first_contact: int = 3
    first_pause: float = 0.1
    longest_pause: float = 30.0

    @property
    def deadline(self) -> float:
        """What all attempts and the pauses between them may take together."""
        return max(self.timeout * self.timeouts_in_all, self.in_all_at_least)

    def pause(self, attempt: int, failure: Failure) -> float:
        """Exponential backoff with full jitter on top of `Retry-After`.

        A reply that was lost on its way is first asked for again at once.
        """
        if attempt == 1 and failure.lost:
            return failure.wait
        longest = min(self.longest_pause, self.first_pause * 2.0 ** min(attempt - 1, 32))
        return failure.wait + random.uniform(0.0, longest)


def retry_policy() -> RetryPolicy:
    """The policy with the request timeout that the environment sets."""
    return RetryPolicy(timeout=number_in_environment(TIMEOUT_VARIABLE, TIMEOUT_SECONDS))


@dataclass(frozen=True)
class Endpoint:
    """One model on one server, and the options that its requests carry."""

    model: str
    server: Server
    state: ModelState = field(repr=False)
    options: frozenset[str] = frozenset()
    says_end: bool = True  # whether every whole reply says why it ended

    def supported(self) -> frozenset[str]:
        """The options, without those that the server turned out not to support."""
        return self.options - self.state.unsupported

    def warn_once(self, about: str, text: str) -> None:
        """Says once a process what is wrong with an option, and leaves it out from then on."""
        if self.state.leave_out(about):
            warnings.warn(f"{self.model!r} at {self.server.address} {text}", stacklevel=2)


def retried(call: ChatCall, endpoint: Endpoint, policy: RetryPolicy) -> ChatCall:
    """Sends a request again while its failure may pass, within the policy."""

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        request = partial(call, role, messages, form)
        attempts = _Attempts(request, messages, endpoint, policy)
        while True:
            reply = await attempts.next()
            if reply is not None:
                return reply
            await asyncio.sleep(attempts.pause())

    return ask


@dataclass
class _Attempts:
    """The attempts of one call, and the time that they have spent of its deadline."""

    request: Callable[[], Awaitable[Reply]]
    messages: Sequence[BaseMessage]
    endpoint: Endpoint
    policy: RetryPolicy
    made: int = 0
    spent: float = 0.0
    sent: float = 0.0

    def __post_init__(self) -> None:
        self.server = self.endpoint.state.server
        self.failure = Failure("")  # the latest one

    async def next(self) -> Reply | None:
        """One attempt, None if it fails and may not the next time.

        Options that the server does not support are dropped within it.
        """
        self.made += 1
        while True:
            turn, options = await self._turn(), self.endpoint.supported()
            self.sent = time.monotonic()
            try:
                limit = min(self.policy.timeout, self.policy.deadline - self.spent)
                async with asyncio.timeout(limit):
                    return self._whole(await self.request(), turn)
            except LimitHeldError as held:
                self.server.rate_limit.give_back(turn)
                await asyncio.wrap_future(held.settled)
                continue
            except Exception as error:
                failure = failure_of(error, self.endpoint.server.without_key_in)
                if failure is None:
                    raise
            # Raised out here, so that no context holds the server's error, and a key in it.
            self.failure = failure
            if option := failure.option(options):
                text = f"takes no {option} ({failure.why}), so it is asked without"
                self.endpoint.warn_once(option, text)
            elif failure.lasting:
                raise error_messages.lasting(failure, self.endpoint.model, self.endpoint.server)
            else:
                return None

    def pause(self) -> float:
        """Seconds until the next attempt; raises what the caller is told if there is none."""
        self.server.answers |= self.failure.status is not None
        pause = self.policy.pause(self.made, self.failure)
        if self.failure.status == BUSY:
            # Callers of the first half of the longest pause give up, those of the second wait.
            self.server.refused(self.sent, min(pause, 2 * self.policy.deadline))
        self.spent += time.monotonic() - self.sent + pause
        log.info("%s: %s; pause %.1f s", self.endpoint.server.address, self.failure.why, pause)
        if self._exhausted():
            server, answers = self.endpoint.server, self.server.answers
            raise error_messages.given_up(self.failure, self.made, server, answers)
        return pause

    def _exhausted(self) -> bool:
        """Whether no attempt or no time is left."""
        first_contact = self.failure.unreachable and not self.server.answers
        allowed = self.policy.attempts_at_first_contact if first_contact else self.policy.attempts
        return self.made >= allowed or self.spent >= self.policy.deadline

    async def _turn(self) -> Turn:
        """Waits for a turn within the rate limit; it is given back if the caller is cancelled."""
        limit = self.server.rate_limit
        turn = limit.take(estimate_prompt(self.messages))
        try:
            self._check_held(turn)
            for seconds in limit.waits(turn):
                await asyncio.sleep(seconds)
                self._check_held(turn)
        except BaseException:
            limit.give_back(turn)
            raise
        self.spent += limit.held(turn)
        return turn

    def _check_held(self, turn: Turn) -> None:
        """Gives up if the server wants no requests for longer than the call may take."""
        held = self.server.rate_limit.held(turn)
        if held and self.spent + held >= self.policy.deadline:
            raise error_messages.held_off(held, self.endpoint.server)

    def _whole(self, reply: Reply, turn: Turn) -> Reply:
        """The reply, unless its stream broke off."""
        state = self.endpoint.state
        if not reply.ended and (self.endpoint.says_end or state.says_end):
            raise MalformedReplyError("its stream broke off")
        state.says_end |= reply.ended
        self.server.answered(self.sent)
        tokens = reply.tokens
        self.server.rate_limit.settle(turn, tokens.input + tokens.output)
        if reply.finish_reason == "length" and not reply.text.strip():
            self.endpoint.warn_once("room", error_messages.OUT_OF_ROOM)
        return reply
