"""What a run would cost, told before it is played."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.playing.estimate import NEVER_LEAVES, VariantCost, estimate_run
from experiments.runs.settings import RunSettings, StudySize
from experiments.runs.variants import variants
from models import ModelError, Price, Prices, ReplyTokens
from models.reply_length import ROOM
from simulator import WorldError
from tests.experiments.tiny_runs import billp, calls, compare, figures

pytestmark = pytest.mark.slow

DEAR = Price(input=1.0, cached=0.1, output=10.0)
SETTINGS = RunSettings(
    preset="table3",
    world="demo",
    variants=tuple(variants("table3", ("random", "react", "billp"), ("openai:dear",))),
    seeds=(0, 1),
    episodes=6,
    train_episodes=10,
    max_rounds=5,
)


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))


def estimated(price: Price | None = DEAR, **changes: Any) -> dict[str, VariantCost]:
    prices = Prices({"openai:dear": price} if price else {})
    return {one.variant: one for one in estimate_run(replace(SETTINGS, **changes), prices)}


def test_what_asks_no_chat_model_is_not_in_it_and_no_key_is_needed() -> None:
    assert set(estimated()) == {"react", "billp"}


def test_an_unknown_price_makes_the_money_unknown_and_nothing_else() -> None:
    unknown, known = estimated(None)["billp"], estimated()["billp"]
    assert (unknown.likely.money, unknown.at_most.money) == (None, None)
    assert unknown.likely.calls == known.likely.calls > 0
    assert known.likely.money is not None


def test_money_is_tokens_times_price() -> None:
    likely = estimated()["billp"].likely
    assert likely.money == pytest.approx((likely.input * 1.0 + likely.output * 10.0) / 1e6)


def test_calls_grow_with_episodes_and_seeds() -> None:
    one = estimated(seeds=(0,), episodes=10, train_episodes=10)["billp"]
    more = estimated(seeds=(0, 1, 2), episodes=10, train_episodes=10)["billp"]
    twice = estimated(seeds=(0,), episodes=20, train_episodes=20)["billp"]
    assert (one.episodes, more.episodes, twice.episodes) == (20, 60, 40)
    assert more.likely.calls == pytest.approx(3 * one.likely.calls)
    assert twice.likely.calls > 1.5 * one.likely.calls
    assert more.at_most.calls == 3 * one.at_most.calls
    assert twice.at_most.calls == 2 * one.at_most.calls


def test_what_learns_nothing_is_not_trained() -> None:
    found = estimated()
    assert (found["react"].episodes, found["billp"].episodes) == (12, 32)


@pytest.mark.parametrize("rounds", [1, 5, 60])
def test_what_is_likely_is_never_more_than_what_is_possible(rounds: int) -> None:
    for one in estimated(max_rounds=rounds).values():
        assert one.likely.calls <= one.at_most.calls
        assert one.likely.input <= one.at_most.input
        assert one.likely.output <= one.at_most.output
        assert (one.likely.money or 0) <= (one.at_most.money or 0)


def test_at_most_every_round_is_planned_and_played_and_every_state_is_valued() -> None:
    found = estimated(max_rounds=5)
    assert found["react"].at_most.calls == 12 * (5 + 5)
    assert found["billp"].at_most.calls == 32 * (5 + 5 + 6 + 1)


def test_at_most_every_reply_is_as_long_as_it_may_be() -> None:
    bounds = ReplyTokens()
    found, turns = estimated(max_rounds=5), 5 * (bounds.planner + bounds.actor)
    assert found["react"].at_most.output == 12 * turns
    assert found["billp"].at_most.output == 32 * (turns + 6 * bounds.critic + bounds.reflector)


def with_context(**changes: Any) -> VariantCost:
    [variant] = variants("table3", ("react",), ("openai:dear",))
    changed = replace(variant, changes={**variant.changes, **changes})
    [one] = estimated(variants=(changed,), max_rounds=5).values()
    return one


def test_no_reply_is_expected_to_be_longer_than_it_may_be() -> None:
    one = with_context(reply_tokens=ReplyTokens(planner=20, actor=4))
    rounds = one.likely.calls / 2
    assert one.likely.output == pytest.approx(rounds * (20 + 4))
    assert one.at_most.output == 12 * 5 * (20 + 4)


def test_a_model_that_is_told_to_think_may_fill_its_room() -> None:
    assert with_context(thinking=True).at_most.output == 12 * 5 * 2 * ROOM
    assert with_context(thinking=False).at_most.output < 12 * 5 * ROOM


def test_the_study_of_a_critic_is_counted_with_the_first_arm_that_has_one() -> None:
    size = StudySize(states=3, estimates=7, rollouts=4)
    plain, studied = estimated(), estimated(critic=size)
    sessions, longer = 3 * (1 + 4), 5 + 5 + 6 + 1
    more = studied["billp"].at_most.calls - plain["billp"].at_most.calls
    assert more == sessions * longer + 3 * 7
    assert 3 * 7 < studied["billp"].likely.calls - plain["billp"].likely.calls <= more
    assert studied["react"] == plain["react"]


@pytest.mark.parametrize(("seeds", "episodes", "rounds"), [(2, 8, 4), (1, 6, 60)])
def test_an_estimate_is_near_what_a_run_then_asks_and_never_below_it_at_most(
    tmp_path: Path, seeds: int, episodes: int, rounds: int
) -> None:
    sizes = ("--train-episodes", episodes, "--episodes", episodes, "--rounds", rounds)
    run = compare(tmp_path / "run", "--arms", "billp", "--seeds", seeds, "--batch", 2, *sizes)
    assert run.code == 0
    made = tuple(variants("table3", ("billp",), ("offline",)))
    changes = {"episodes": episodes, "train_episodes": episodes, "max_rounds": rounds, "batch": 2}
    [one] = estimated(variants=made, seeds=tuple(range(seeds)), **changes).values()
    paid = calls(tmp_path / "run")
    tokens = sum(int(call["input"]) for call in paid)
    assert len(paid) / 2 < one.likely.calls < 2 * len(paid)
    assert tokens / 2 < one.likely.input < 2 * tokens
    assert len(paid) <= one.at_most.calls
    assert tokens <= one.at_most.input
    assert figures(tmp_path / "run", "billp")["money"] == 0.0


def test_at_most_holds_for_sessions_that_nobody_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("graph.load.rule", lambda *_: NEVER_LEAVES)
    made = tuple(variants("table3", ("billp",), ("offline",)))
    sizes = {"variants": made, "seeds": (0,), "train_episodes": 2, "episodes": 2, "max_rounds": 50}
    [one] = estimated(**sizes).values()
    assert one.rounds == 50
    assert one.likely.calls == one.at_most.calls
    assert one.likely.input < one.at_most.input


def test_more_episodes_than_users_are_refused() -> None:
    with pytest.raises(WorldError, match="world 'demo' has 300 users"):
        estimated(episodes=301)


def test_more_states_than_users_are_refused() -> None:
    with pytest.raises(WorldError, match="value at most as many states, not 301"):
        estimated(critic=StudySize(states=301))


def test_an_unknown_chat_model_is_refused() -> None:
    with pytest.raises(ModelError, match=r"unknown model 'ofline': did you mean 'offline'\?"):
        estimated(variants=tuple(variants("table3", ("billp",), ("ofline",))))


def test_the_command_says_unknown_and_writes_null(tmp_path: Path) -> None:
    target = tmp_path / "estimate.json"
    sizes = ("--arms", "react", "--seeds", 1, "--episodes", 2, "--rounds", 3)
    done = billp("estimate", *sizes, "--model", "openai:dear", "--json", target)
    assert done.code == 0
    assert done.out.count("unknown") == 2
    [one] = json.loads(target.read_text())["estimates"]
    assert (one["model"], one["likely"]["money"]) == ("openai:dear", None)
    assert not (tmp_path / "home" / "runs").exists()


def test_the_command_takes_prices_from_a_table(tmp_path: Path) -> None:
    table = tmp_path / "prices.toml"
    table.write_text('["openai:dear"]\ninput = 1000000\ncached = 0\noutput = 0\n')
    sizes = ("--arms", "react", "--seeds", 1, "--episodes", 2, "--rounds", 3)
    done = billp("estimate", *sizes, "--model", "openai:dear", "--prices", table)
    assert done.code == 0
    assert "unknown" not in done.out
    missing = billp("estimate", *sizes, "--prices", tmp_path / "mistyped.toml")
    assert missing.code == 2
    assert "mistyped.toml cannot be read" in missing.err
