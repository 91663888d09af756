"""A run's limits hold, whoever calls at the same time and however often the run goes on."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import (
    Ledger,
    LimitReachedError,
    Limits,
    ModelError,
    Price,
    Prices,
    StoppedError,
    Tokens,
    Totals,
)
from models.call_log import PaidCall
from models.errors import LimitHeldError
from tests.models.test_call_log import calls, no_file_longer_than

CALL = PaidCall("actor", "known", Tokens(70, 30, cached=50), 0.5)
PRICES = Prices({"known": Price(input=10.0, cached=1.0, output=100.0)})  # 0.00325 USD for the call
MOST = Tokens(80, 40)  # 120 tokens, 0.0048 USD
CALLERS = 16


@contextmanager
def ledger_of(folder: Path, **limits: float) -> Iterator[Ledger]:
    with closing(Ledger(folder / "calls.csv", PRICES, Limits(**limits))) as ledger:  # type: ignore[arg-type]
        yield ledger


def take(ledger: Ledger, most: Tokens = MOST) -> Totals:
    """A call that has been answered, but is not recorded yet."""
    with ledger.slot("known", most) as reserved:
        return reserved


def make(ledger: Ledger, call: PaidCall = CALL) -> None:
    """A call from start to end."""
    ledger.record(call, take(ledger)).result()


def test_calls_tokens_and_money_add_up(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        make(ledger)
        make(ledger, PaidCall("critic", "known", Tokens(10, 0, estimated=True), 0.1))
        totals = ledger.totals
    assert totals == Totals(2, 80, 30, 50, totals.money)
    assert totals.tokens == 110
    assert totals.money == pytest.approx(0.00335)


def test_money_is_unknown_as_soon_as_one_price_is(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        for model in ("known", "unknown", "known"):
            make(ledger, PaidCall("actor", model, Tokens(1, 1), 0.1))
        assert ledger.totals.money is None


@given(st.lists(calls.map(lambda call: PaidCall(call.role, "known", call.tokens, call.seconds))))
def test_a_run_that_goes_on_knows_exactly_what_was_used_before(
    tmp_path_factory: pytest.TempPathFactory, made: list[PaidCall]
) -> None:
    folder = tmp_path_factory.mktemp("run")
    with ledger_of(folder) as ledger:
        for call in made:
            make(ledger, call)
        before = ledger.totals
    with ledger_of(folder) as ledger:
        assert ledger.totals == before


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"calls": 2}, r"the limit of 2 calls is reached \(2 made\).* a higher limit"),
        (
            {"tokens": 319},
            r"the limit of 319 tokens is reached \(200 used, the next call may need 120\)",
        ),
        (
            {"money": 0.0112},
            r"of 0.0112 USD is reached \(0.0065 USD spent, the next call may need 0.0048\)",
        ),
        ({"tokens": 220}, r"the limit of 220 tokens is reached \(200 used"),
    ],
)
def test_a_limit_that_is_reached_lets_no_call_start_today_or_tomorrow(
    limits: dict[str, float], told: str, tmp_path: Path
) -> None:
    with ledger_of(tmp_path, **limits) as ledger:
        make(ledger)
        make(ledger)
        with pytest.raises(LimitReachedError, match=told):
            take(ledger)
    with ledger_of(tmp_path, **limits) as ledger, pytest.raises(LimitReachedError, match=told):
        take(ledger)


def test_a_limit_that_is_used_up_is_known_before_the_next_call(tmp_path: Path) -> None:
    with ledger_of(tmp_path, tokens=120) as ledger:
        make(ledger, PaidCall("actor", "known", MOST, 0.1))
        with pytest.raises(LimitReachedError, match=r"120 tokens is reached \(120 used\)"):
            ledger.check()


def test_a_higher_limit_lets_a_run_go_on(tmp_path: Path) -> None:
    with ledger_of(tmp_path, calls=1) as ledger:
        make(ledger)
    with ledger_of(tmp_path, calls=2) as ledger:
        make(ledger)
        assert ledger.totals.calls == 2


@pytest.mark.parametrize("limit", ["calls", "tokens", "money"])
def test_a_limit_of_nothing_lets_nothing_start(limit: str, tmp_path: Path) -> None:
    with ledger_of(tmp_path, **{limit: 0}) as ledger, pytest.raises(LimitReachedError):
        take(ledger)


def test_errors_are_put_up_with_up_to_their_limit_and_forgotten_when_a_run_goes_on(
    tmp_path: Path,
) -> None:
    with ledger_of(tmp_path, errors=1) as ledger:
        ledger.failed()
        ledger.check()
        ledger.failed()
        with pytest.raises(LimitReachedError, match="2 errors, more than the limit of 1"):
            take(ledger)
    with ledger_of(tmp_path, errors=1) as ledger:
        take(ledger)


def test_calls_in_flight_hold_their_slot_until_they_fail(tmp_path: Path) -> None:
    with ledger_of(tmp_path, calls=1) as ledger:
        with suppress(ConnectionError), ledger.slot("known", MOST):
            with pytest.raises(LimitReachedError, match=r"0 made, 1 in flight"):
                take(ledger)
            raise ConnectionError
        make(ledger)
        assert ledger.totals.calls == 1


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({"tokens": 300}, r"300 tokens .*\(0 used, 240 in flight, the next call may need 120\)"),
        ({"money": 0.01}, r"0.01 USD .* 0.0096 in flight, the next call may need 0.0048\)"),
        ({"calls": 2}, r"2 calls .*\(0 made, 2 in flight\)"),
    ],
)
def test_what_calls_in_flight_may_use_is_held_until_they_end(
    limits: dict[str, float], told: str, tmp_path: Path
) -> None:
    with ledger_of(tmp_path, **limits) as ledger:
        first = take(ledger)
        with suppress(ConnectionError), ledger.slot("known", MOST):
            with pytest.raises(LimitHeldError, match=told) as held:
                take(ledger)
            assert not held.value.settled.done()
            raise ConnectionError
        assert held.value.settled.done()
        second = take(ledger)
        with pytest.raises(LimitHeldError) as held:
            take(ledger)
        ledger.record(PaidCall("actor", "known", Tokens(5, 5), 0.1), first).result()
        assert held.value.settled.done()
        ledger.record(CALL, second).result()


def test_a_call_that_never_fits_does_not_wait_for_those_in_flight(tmp_path: Path) -> None:
    with ledger_of(tmp_path, tokens=150) as ledger:
        take(ledger)
        with pytest.raises(LimitReachedError, match="may need 151") as refused:
            take(ledger, Tokens(100, 51))
        assert not isinstance(refused.value, LimitHeldError)


def test_a_stop_is_told_to_those_who_wait_and_not_to_those_who_left(tmp_path: Path) -> None:
    with ledger_of(tmp_path, calls=1) as ledger:
        take(ledger)
        with pytest.raises(LimitHeldError) as left:
            take(ledger)
        with pytest.raises(LimitHeldError) as waits:
            take(ledger)
        left.value.settled.cancel()
        ledger.stop("enough")
        assert waits.value.settled.result() is None


@settings(max_examples=20)
@given(limit=st.integers(0, 60), chance=st.randoms(use_true_random=False))
def test_callers_at_the_same_time_never_make_more_calls_than_the_limit_and_do_make_as_many(
    limit: int, chance: Random, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("run")
    fails = [chance.random() < 0.3 for _ in range(CALLERS)]
    held, most, lock = 0, 0, threading.Lock()

    def hold(places: int) -> None:
        nonlocal held, most
        with lock:
            held += places
            most = max(most, held)

    def call_until_stopped(fail_first: bool) -> None:
        while True:
            try:
                with ledger.slot("known", MOST) as reserved:
                    hold(1)
                    if fail_first:
                        fail_first = False
                        hold(-1)
                        raise ConnectionError
            except LimitHeldError as error:
                error.settled.result()
                continue
            except LimitReachedError:
                return
            except ConnectionError:
                continue
            ledger.record(CALL, reserved).result()

    with ledger_of(folder, calls=limit) as ledger:
        with ThreadPoolExecutor(CALLERS) as pool:
            list(pool.map(call_until_stopped, fails))
        with pytest.raises(LimitReachedError):
            take(ledger)
        assert most <= limit
        assert ledger.totals.calls == limit


def test_after_a_stop_no_call_starts_and_the_first_reason_stands(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        reserved = take(ledger)
        ledger.stop("the user asked for it")
        ledger.stop("something else")
        with pytest.raises(StoppedError, match="the user asked for it"):
            take(ledger)
        ledger.record(CALL, reserved).result()
        assert ledger.totals.calls == 1


def test_a_limit_on_money_needs_a_price(tmp_path: Path) -> None:
    with ledger_of(tmp_path, money=5) as ledger:
        ledger.admit("known")
        with pytest.raises(ModelError, match=r'5 USD .* with model \'new\'.* give \["new"\] input'):
            ledger.admit("new")


def test_a_limit_on_money_cannot_be_set_over_earlier_calls_of_unknown_price(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        make(ledger, PaidCall("actor", "new", Tokens(1, 1), 0.1))
    with pytest.raises(ModelError, match="'new', whose price is unknown"):
        Ledger(tmp_path / "calls.csv", PRICES, Limits(money=5))


@pytest.mark.parametrize("limit", [-1, float("nan")])
def test_a_limit_below_nothing_is_refused(limit: float) -> None:
    with pytest.raises(ModelError, match="the limit on money must be 0 or more"):
        Limits(money=limit)


def test_a_call_that_cannot_be_recorded_counts_all_the_same_and_is_the_last(tmp_path: Path) -> None:
    with ledger_of(tmp_path) as ledger:
        reserved = take(ledger)
        size = (tmp_path / "calls.csv").stat().st_size
        with no_file_longer_than(size), pytest.raises(OSError, match="cannot be written"):
            ledger.record(CALL, reserved).result()
        assert ledger.totals.calls == 1
        with pytest.raises(StoppedError, match=r"calls\.csv cannot be written"):
            take(ledger)
