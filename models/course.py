"""The course of one chat call: its requests, what came of them, and when to give up."""

import logging
import math
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult

from models import verdicts
from models.endpoint import Endpoint
from models.failures import BUSY, RESPONSE_FORMAT, Failure, MalformedReplyError, failure_of
from models.host import Host
from models.pace import Turn
from models.patience import Patience
from models.prompt import prompt_text, role_of
from models.server import Server
from models.usage import estimate, tokens_of

MORE = f"give it more ({verdicts.MORE_ROOM}), or let it think less"

OPTIONS = frozenset({"temperature", "seed", "stream_options"})

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Remote:
    """A model on a server, and how far to go for its replies."""

    model: str
    server: Server
    endpoint: Endpoint = field(repr=False)
    patience: Patience
    structured: bool = False

    @property
    def host(self) -> Host:
        """What all models on the server share."""
        return self.endpoint.host

    def options(self) -> frozenset[str]:
        """What is asked for beside the model's name and the messages."""
        asked = OPTIONS | {RESPONSE_FORMAT} if self.structured else OPTIONS
        return asked - self.endpoint.untaken


class Course:
    """Told of every request and what came of it; says what to do next."""

    def __init__(self, remote: Remote, messages: Sequence[BaseMessage]) -> None:
        self._remote, self._messages = remote, messages
        self._server, self._host = remote.server, remote.host
        self._patience = remote.patience
        prompt = prompt_text(messages)
        self.role, self._tokens = role_of(prompt), estimate(len(prompt))
        self._turn = Turn(0.0, 0)
        self._failure = Failure("")
        self._failures, self._spent, self._sent = 0, 0.0, 0.0
        self._options = frozenset[str]()
        self._gave_up = False

    @contextmanager
    def turn(self) -> Iterator[Iterator[float]]:
        """Takes a turn and tells how long to wait for it; who does not gives it back."""
        pace = self._host.pace
        self._turn = turn = pace.take(self._tokens)
        try:
            yield self._waits()
        except BaseException:
            pace.give_back(turn)
            raise

    def _waits(self) -> Iterator[float]:
        """The waits for the turn, unless the server wants to be left alone for too long."""
        self._held()
        for seconds in self._host.pace.waits(self._turn):
            yield seconds
            self._held()
        self._spent += self._held()

    def _held(self) -> float:
        held = self._host.pace.held(self._turn)
        if held and self._spent + held >= self._patience.in_all:
            raise verdicts.held_off(held, self._server)
        return held

    def begin(self) -> float:
        """A request is sent; in how many seconds it must be answered."""
        self._sent, self._options = time.monotonic(), self._remote.options()
        return min(self._patience.timeout, self._patience.in_all - self._spent)

    def overdue(self) -> float:
        """After how many seconds to ask again although there is time left; once a call at most."""
        if self._gave_up:
            return math.inf
        return self._remote.endpoint.durations.overdue(self.role)

    def gives_up(self) -> bool:
        """Whether the overdue reply is not waited for any longer."""
        self._gave_up = self._remote.endpoint.durations.give_up()
        return self._gave_up

    def accepted(self, result: ChatResult) -> ChatResult:
        """The reply, if it is a whole one."""
        if not result.generations:
            raise MalformedReplyError("its answer holds no choices")
        message = result.generations[0].message
        told = message.response_metadata
        if "finish_reason" not in told and "status" not in told:
            raise MalformedReplyError("its stream broke off")
        self._host.answered(self._sent)
        self._remote.endpoint.durations.note(self.role, time.monotonic() - self._sent)
        tokens = tokens_of(self._messages, message)
        self._host.pace.settle(self._turn, tokens.input + tokens.output)
        if told.get("finish_reason") == "length" and not message.text.strip():
            self._warn_once("room", f"used up its tokens before it answered: {MORE}")
        return self._server.without_key(result)

    def blames(self, error: Exception) -> bool:
        """Whether it was the server that failed."""
        failure = failure_of(error, self._server.told)
        self._failure = failure or self._failure
        return failure is not None

    def pause(self) -> float:
        """In how many seconds to ask again; raises an error where that makes no sense."""
        failure = self._failure
        option = failure.option(self._options)
        if option:
            self._warn_once(option, f"takes no {option} ({failure.why}), so it is asked without")
            return 0.0
        if failure.lasting:
            raise verdicts.lasting(failure, failure.lasting, self._remote.model, self._server)
        self._failures += 1
        self._host.answers |= failure.status is not None
        pause = self._patience.pause(self._failures, failure.wait, lost=failure.lost)
        if failure.status == BUSY:
            self._host.refused(self._sent, min(pause, self._patience.longest_held))
        self._spent += time.monotonic() - self._sent + pause
        if self._failures >= self._attempts() or self._spent >= self._patience.in_all:
            answers = self._host.answers
            raise verdicts.given_up(failure, self._failures, self._server, answers)
        log.info("%s: %s; asking again in %.1f s", self._server.address, failure.why, pause)
        return pause

    def _attempts(self) -> int:
        first = self._failure.unreachable and not self._host.answers
        return self._patience.attempts_at_first_contact if first else self._patience.attempts

    def _warn_once(self, about: str, text: str) -> None:
        if self._remote.endpoint.leave_out(about):
            told = f"{self._remote.model!r} at {self._server.address} {text}"
            warnings.warn(told, stacklevel=2)
