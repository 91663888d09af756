"""Tokens and money in a run's summary."""

import pytest

from tests.experiments.made_records import cost, failed, phase_of, record, variant

CHEAP = {"input": 1.0, "cached": 0.5, "output": 4.0}
DEAR = {"input": 10.0, "cached": 5.0, "output": 40.0}
BIG = variant("billp", model="big")


def test_tokens_add_up_by_role_in_the_order_of_an_episode() -> None:
    usage = [cost("actor", 10, 1), cost("planner", 100, 20, 60, calls=2), cost("actor", 30, 2)]
    told = phase_of([record(0, usage=usage), record(1, usage=usage[:1])])["usage"]
    assert list(told) == ["planner", "actor"]
    assert told["planner"] == {"calls": 2, "input": 100, "output": 20, "cached": 60}
    assert told["actor"] == {"calls": 3, "input": 50, "output": 4, "cached": 0}


def test_cached_tokens_cost_their_own_price_in_place_of_that_of_the_input() -> None:
    usage = [cost("planner", 1_000_000, 100_000, 400_000)]
    money = phase_of([record(0, usage=usage)], BIG, prices={"big": CHEAP})["money"]
    assert money == pytest.approx(0.6 * 1.0 + 0.4 * 0.5 + 0.1 * 4.0)


def test_what_failed_was_paid_all_the_same() -> None:
    usage = [cost("planner", 1_000_000, 0)]
    figures = phase_of(
        [record(0, usage=usage), failed(1, "ValueError", usage)], BIG, prices={"big": CHEAP}
    )
    assert figures["money"] == 2.0
    assert figures["usage"]["planner"]["calls"] == 2


def test_each_role_pays_the_price_of_its_own_model() -> None:
    mixed = variant("billp", model="unpriced", changes={"model": "cheap", "critic_model": "dear"})
    usage = [cost("planner", 1_000_000, 0), cost("critic", 1_000_000, 0)]
    prices = {"cheap": CHEAP, "dear": DEAR}
    assert phase_of([record(0, usage=usage)], mixed, prices=prices)["money"] == 11.0


@pytest.mark.parametrize("prices", [{}, {"big": None}, {"bigger": CHEAP}])
def test_a_price_that_is_not_known_gives_no_figure(prices: dict[str, None]) -> None:
    usage = [cost("planner", 100, 10, 50)]
    assert phase_of([record(0, usage=usage)], BIG, prices=prices)["money"] is None


def test_a_model_on_a_server_of_its_own_pays_that_servers_price() -> None:
    usage = [cost("planner", 1_000_000, 0)]
    prices = {"big@http://one/v1": DEAR}
    assert phase_of([record(0, usage=usage)], BIG, prices=prices)["money"] == 10.0


def test_where_servers_of_one_model_differ_in_price_the_cost_is_not_known() -> None:
    prices = {"big@http://one/v1": DEAR, "big@http://two/v1": CHEAP}
    assert phase_of([record(0)], BIG, prices=prices)["money"] is None


def test_the_price_of_a_role_that_an_arm_has_not_need_not_be_known() -> None:
    react = variant("react", model="big", changes={"critic_model": "unpriced"})
    usage = [cost("actor", 1_000_000, 0)]
    assert phase_of([record(0, usage=usage)], react, prices={"big": CHEAP})["money"] == 1.0


def test_the_offline_model_costs_nothing_and_a_policy_has_no_cost() -> None:
    assert phase_of([record(0, usage=[cost("actor", 100, 10)])])["money"] == 0.0
    policy = phase_of([record(0)], variant("random", "policy"))
    assert (policy["usage"], policy["money"]) == (None, None)
