"""What the chat calls of a run cost together, and the limits on that."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from models.call_log import CallLog, PaidCall
from models.errors import LimitHeldError, LimitReachedError, ModelError, StoppedError
from models.prices import Prices
from models.tokens import Tokens

MEASURES = (("calls", "calls", "made"), ("tokens", "tokens", "used"), ("money", "USD", "USD spent"))


@dataclass(frozen=True)
class Limits:
    """How much a run may use; None is no limit.

    No call starts that could go beyond `calls`, `tokens` or `money` even if it and those in flight
    all use as much as they may: a prompt is estimated on the high side, and a reply is bounded.
    Beyond that are only a prompt of more tokens than this estimate, and long replies of a model
    that takes no bound. The run ends with one error more than `errors`.
    """

    calls: int | None = None
    tokens: int | None = None
    money: float | None = None
    errors: int | None = None

    def __post_init__(self) -> None:
        for name, limit in vars(self).items():
            if limit is not None and not limit >= 0:
                raise ModelError(f"the limit on {name} must be 0 or more, not {limit!r}")


@dataclass(frozen=True)
class Totals:
    """What was used; `money` is in USD, and None as soon as one price is unknown."""

    calls: int = 0
    input: int = 0
    output: int = 0
    cached: int = 0
    money: float | None = 0.0

    @property
    def tokens(self) -> int:
        """Input and output together."""
        return self.input + self.output

    def plus(self, tokens: Tokens, cost: float | None) -> "Totals":
        """With one more call."""
        return Totals(
            calls=self.calls + 1,
            input=self.input + tokens.input,
            output=self.output + tokens.output,
            cached=self.cached + tokens.cached,
            money=None if self.money is None or cost is None else self.money + cost,
        )


@dataclass(frozen=True)
class Ended:
    """A call whose record is on its way to the disk."""

    call: PaidCall
    reserved: Totals
    written: "Future[None]" = field(default_factory=Future)


class Ledger:
    """The limits and the log of a run's chat calls, shared by all that runs at once.

    Paid calls are logged, and count again when the run is resumed. A failed call is not charged by
    providers, and what an interrupted one cost is unknown: neither counts. Errors are what the
    caller reports by `failed`, and count until this process ends.
    """

    def __init__(
        self, path: Path, prices: Prices | None = None, limits: Limits | None = None
    ) -> None:
        self._prices = prices or Prices({})
        self._limits = limits or Limits()
        self._lock = threading.Lock()
        self._totals, self._errors = Totals(), 0
        self._in_flight = list[Totals]()  # the most that each of these calls may use
        self._waiting = list[Future[None]]()
        self._unwritten = list[Ended]()
        self._reason: str | None = None
        self._log = CallLog(path)
        for call in self._log.calls():
            self.admit(call.model)
            self._count(call)
        self._writer = ThreadPoolExecutor(1, "ledger")  # in order, and off event loops

    @property
    def totals(self) -> Totals:
        """What was used so far, in earlier sittings too."""
        return self._totals

    def admit(self, model: str) -> None:
        """Refuses a model whose calls cannot be held against the limits."""
        if self._limits.money is not None and self._prices.of(model) is None:
            raise ModelError(
                f"a limit of {self._limits.money:g} USD cannot be kept with model {model!r}, whose "
                f"price is unknown: give [{json.dumps(model)}] input, cached and output in a price "
                "table (BILLP_PRICES names it), or set no limit on money"
            )

    def check(self) -> None:
        """Raises an error if no further call may start."""
        with self._lock:
            self._check(Totals())

    @contextmanager
    def slot(self, model: str, most: Tokens) -> Iterator[Totals]:
        """Reserves the most that a call may use; `record` frees it, or an exception of the body.

        Raises a `LimitHeldError` if the call may fit once those in flight have ended.
        """
        reserved = Totals().plus(most, self._cost(model, most))
        with self._lock:
            self._check(reserved)
            self._in_flight.append(reserved)
        try:
            yield reserved
        except BaseException:
            with self._lock:
                self._free(reserved)
            raise

    def record(self, call: PaidCall, reserved: Totals) -> "Future[None]":
        """Logs a call that had a slot; the future is done once it is on disk."""
        ended = Ended(call, reserved)
        with self._lock:
            self._unwritten.append(ended)
        self._writer.submit(self._write)
        return ended.written

    def failed(self) -> None:
        """Counts an error."""
        with self._lock:
            self._errors += 1

    def stop(self, reason: str) -> None:
        """Lets no further call start; those in flight may end."""
        with self._lock:
            self._reason = self._reason or reason
            self._wake()

    def close(self) -> None:
        """Waits until every call is logged."""
        self._writer.shutdown()

    def _write(self) -> None:
        """Logs all calls that ended meanwhile in one write, which is one wait for the disk."""
        with self._lock:
            batch, self._unwritten = self._unwritten, []
        if not batch:
            return
        failure: Exception | None = None
        try:
            self._log.append(*(ended.call for ended in batch))
        except OSError as error:
            self.stop(error.strerror or str(error))
            failure = error
        except Exception as error:  # noqa: BLE001  raised again where each caller waits
            failure = error
        with self._lock:
            for ended in batch:
                self._count(ended.call)
                self._free(ended.reserved)
        for ended in batch:
            if failure:
                ended.written.set_exception(failure)
            else:
                ended.written.set_result(None)

    def _count(self, call: PaidCall) -> None:
        self._totals = self._totals.plus(call.tokens, self._cost(call.model, call.tokens))

    def _cost(self, model: str, tokens: Tokens) -> float | None:
        price = self._prices.of(model)
        return price.cost(tokens) if price else None

    def _free(self, reserved: Totals) -> None:
        self._in_flight.remove(reserved)
        self._wake()

    def _wake(self) -> None:
        """Lets every caller that waits ask again."""
        waiting, self._waiting = self._waiting, []
        for settled in waiting:
            if settled.set_running_or_notify_cancel():
                settled.set_result(None)

    def _check(self, most: Totals) -> None:
        """Raises an error if a call that may use this much may not start now."""
        if self._reason is not None:
            raise StoppedError(self._reason)
        if self._limits.errors is not None and self._errors > self._limits.errors:
            raise LimitReachedError(
                f"{self._errors} errors, more than the limit of {self._limits.errors}: once their "
                "cause is gone, give the same command again to go on from here"
            )
        for name, unit, done in MEASURES:
            limit = getattr(self._limits, name)
            used, more = (getattr(totals, name) or 0 for totals in (self._totals, most))
            in_flight = sum(getattr(totals, name) or 0 for totals in self._in_flight)
            if limit is None or (used < limit and (not more or used + in_flight + more <= limit)):
                continue
            told = _reached(limit, unit, f"{_shown(used)} {done}", in_flight, more)
            if used < limit and used + more <= limit:
                settled = Future[None]()
                self._waiting.append(settled)
                raise LimitHeldError(told, settled)
            raise LimitReachedError(told)


def _reached(limit: float, unit: str, used: str, in_flight: float, more: float) -> str:
    """What the caller is told of a limit."""
    held = f", {_shown(in_flight)} in flight" * bool(in_flight)
    needed = f", the next call may need {_shown(more)}" * (bool(more) and unit != "calls")
    return (
        f"the limit of {limit:.10g} {unit} is reached ({used}{held}{needed}): to go on from here, "
        "give the same command again with a higher limit"
    )


def _shown(amount: float) -> str:
    return f"{amount:.6g}" if isinstance(amount, float) else str(amount)
