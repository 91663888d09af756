"""Tokens and money in a run's summary."""

import pytest

from experiments.statistics.figures import RoleUsage
from models import Price
from tests.experiments.made_records import failed, phase_of, record, tokens, variant

CHEAP = Price(input=1.0, cached=0.5, output=4.0)
DEAR = Price(input=10.0, cached=5.0, output=40.0)
BIG = variant("billp", model="big")


def test_tokens_add_up_by_role_in_the_order_of_an_episode() -> None:
    usage = [
        tokens("actor", 10, 1),
        tokens("planner", 100, 20, 60, calls=2),
        tokens("actor", 30, 2),
    ]
    told = phase_of([record(0, usage=usage), record(1, usage=usage[:1])]).usage
    assert told is not None
    assert list(told) == ["planner", "actor"]
    assert told["planner"] == RoleUsage(calls=2, input=100, output=20, cached=60)
    assert told["actor"] == RoleUsage(calls=3, input=50, output=4, cached=0)


def test_cached_tokens_cost_their_own_price_in_place_of_that_of_the_input() -> None:
    usage = [tokens("planner", 1_000_000, 100_000, 400_000)]
    money = phase_of([record(0, usage=usage)], BIG, prices={"big": CHEAP}).money
    assert money == pytest.approx(0.6 * 1.0 + 0.4 * 0.5 + 0.1 * 4.0)


def test_what_failed_was_paid_all_the_same() -> None:
    usage = [tokens("planner", 1_000_000, 0)]
    figures = phase_of(
        [record(0, usage=usage), failed(1, "ValueError", usage)], BIG, prices={"big": CHEAP}
    )
    assert figures.money == 2.0
    assert figures.usage is not None
    assert figures.usage["planner"].calls == 2


def test_each_role_pays_the_price_of_its_own_model() -> None:
    mixed = variant("billp", model="unpriced", changes={"model": "cheap", "critic_model": "dear"})
    usage = [tokens("planner", 1_000_000, 0), tokens("critic", 1_000_000, 0)]
    prices = {"cheap": CHEAP, "dear": DEAR}
    assert phase_of([record(0, usage=usage)], mixed, prices=prices).money == 11.0


@pytest.mark.parametrize("prices", [{}, {"big": None}, {"bigger": CHEAP}])
def test_a_price_that_is_not_known_gives_no_figure(prices: dict[str, Price | None]) -> None:
    usage = [tokens("planner", 100, 10, 50)]
    assert phase_of([record(0, usage=usage)], BIG, prices=prices).money is None


def test_a_model_on_a_server_of_its_own_pays_that_servers_price() -> None:
    usage = [tokens("planner", 1_000_000, 0)]
    prices = {"big@http://one/v1": DEAR}
    assert phase_of([record(0, usage=usage)], BIG, prices=prices).money == 10.0


def test_where_servers_of_one_model_differ_in_price_the_cost_is_not_known() -> None:
    prices = {"big@http://one/v1": DEAR, "big@http://two/v1": CHEAP}
    assert phase_of([record(0)], BIG, prices=prices).money is None


@pytest.mark.parametrize(("server", "money"), [("one", 10.0), ("two", None)])
def test_a_model_on_two_servers_pays_the_price_of_the_one_that_was_asked(
    server: str, money: float | None
) -> None:
    usage = [tokens("planner", 1_000_000, 0)]
    prices = {"big": CHEAP, "big@http://one/v1": DEAR, "big@http://two/v1": None}
    models = {"billp": {"planner": f"big@http://{server}/v1", "actor": "big@http://one/v1"}}
    figures = phase_of([record(0, usage=usage)], BIG, prices=prices, models=models)
    assert figures.money == money


def test_the_price_of_a_role_that_an_arm_has_not_need_not_be_known() -> None:
    react = variant("react", model="big", changes={"critic_model": "unpriced"})
    usage = [tokens("actor", 1_000_000, 0)]
    assert phase_of([record(0, usage=usage)], react, prices={"big": CHEAP}).money == 1.0


def test_the_offline_model_costs_nothing_and_a_policy_has_no_tokens() -> None:
    assert phase_of([record(0, usage=[tokens("actor", 100, 10)])]).money == 0.0
    policy = phase_of([record(0)], variant("random"))
    assert (policy.usage, policy.money) == (None, None)
