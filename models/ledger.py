"""What the chat calls of a run cost together, and the limits on that."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from models.call_log import CallLog, PaidCall
from models.errors import LimitReachedError, ModelError, StoppedError
from models.prices import Prices
from models.tokens import Tokens


@dataclass(frozen=True)
class Limits:
    """How much a run may use; None is no limit.

    `calls` is never exceeded. `tokens` and `money` are known only after a call, so no call starts
    once they are reached, but those in flight may go beyond. The run ends with one error more than
    `errors`.
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
        self._totals, self._in_flight, self._errors = Totals(), 0, 0
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
            self._check()

    @contextmanager
    def slot(self) -> Iterator[None]:
        """Takes a place within the limits; `record` frees it, or an exception of the body."""
        with self._lock:
            self._check()
            self._in_flight += 1
        try:
            yield
        except BaseException:
            with self._lock:
                self._in_flight -= 1
            raise

    def record(self, call: PaidCall) -> "Future[None]":
        """Logs a call that had a slot; the future is done once it is on disk."""
        return self._writer.submit(self._record, call)

    def failed(self) -> None:
        """Counts an error."""
        with self._lock:
            self._errors += 1

    def stop(self, reason: str) -> None:
        """Lets no further call start; those in flight may end."""
        with self._lock:
            self._reason = self._reason or reason

    def close(self) -> None:
        """Waits until every call is logged."""
        self._writer.shutdown()

    def _record(self, call: PaidCall) -> None:
        try:
            self._log.append(call)
        except OSError as error:
            self.stop(error.strerror or str(error))
            raise
        finally:
            with self._lock:
                self._in_flight -= 1
                self._count(call)

    def _count(self, call: PaidCall) -> None:
        price = self._prices.of(call.model)
        self._totals = self._totals.plus(call.tokens, price.cost(call.tokens) if price else None)

    def _check(self) -> None:
        if self._reason is not None:
            raise StoppedError(self._reason)
        used, limits = self._totals, self._limits
        in_flight = f", {self._in_flight} in flight" * bool(self._in_flight)
        money = used.money or 0.0
        for limit, unit, amount, told in (
            (limits.calls, "calls", used.calls + self._in_flight, f"{used.calls} made{in_flight}"),
            (limits.tokens, "tokens", used.tokens, f"{used.tokens} used"),
            (limits.money, "USD", money, f"{money:.4f} USD spent"),
        ):
            if limit is not None and amount >= limit:
                raise LimitReachedError(
                    f"the limit of {limit:.10g} {unit} is reached ({told}): to go on from here, "
                    "give the same command again with a higher limit"
                )
        if limits.errors is not None and self._errors > limits.errors:
            raise LimitReachedError(
                f"{self._errors} errors, more than the limit of {limits.errors}: once their cause "
                "is gone, give the same command again to go on from here"
            )
