"""Training: what it tells, when it ends, and what it refuses."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
import torch

from baselines import METHODS, BaselineError, MethodSettings, find_method, train
from baselines.a2c import A2CSettings
from baselines.train import find_device
from simulator import QuitRule, World
from tests.baselines.conftest import quick
from tests.simulator.conftest import chance_world


def brief(name: str, **changes: Any) -> MethodSettings:
    budget = {"transitions": 1_280} if METHODS[name].learner.online else {"updates": 20}
    return quick(name, **{**budget, **changes})


def weights(name: str, world: World, seed: int) -> list[bytes]:
    learner = train(name, world, seed, brief(name)).learner
    return [tensor.numpy().tobytes() for tensor in learner.state_dict().values()]


@pytest.mark.parametrize("name", METHODS)
def test_the_same_seed_gives_the_same_weights(name: str, toy: World) -> None:
    first = weights(name, toy, 1)
    torch.rand(3)
    assert weights(name, toy, 1) == first


def test_what_is_trained_beside_it_changes_nothing(toy: World) -> None:
    cells = [(name, seed) for name in ("a2c", "cql", "dqn") for seed in (1, 2)]
    alone = [weights(name, toy, seed) for name, seed in cells]
    with ThreadPoolExecutor(len(cells)) as pool:
        together = list(pool.map(lambda cell: weights(cell[0], toy, cell[1]), cells))
    assert together == alone


@pytest.mark.parametrize("name", METHODS)
def test_another_seed_gives_others(name: str, toy: World) -> None:
    assert weights(name, toy, 1) != weights(name, toy, 2)


def test_training_leaves_torch_as_it_was(toy: World) -> None:
    torch.manual_seed(5)
    expected = torch.rand(2).tolist()
    torch.manual_seed(5)
    threads = torch.get_num_threads()
    train("cql", toy, 1, brief("cql"))
    assert torch.rand(2).tolist() == expected
    assert torch.get_num_threads() == threads
    assert float(torch.tensor(1e-40) * 1.0) > 0.0


@pytest.mark.parametrize("name", METHODS)
def test_progress_counts_up_to_the_budget(name: str, toy: World) -> None:
    told: list[tuple[int, int, Mapping[str, float]]] = []
    trained = train(name, toy, 1, brief(name), progress=lambda *news: told.append(news))
    done = [news[0] for news in told]
    assert done == list(range(done[0], 1_281, done[0]))
    assert {news[1] for news in told} == {1_280}
    assert trained.data == 1_280
    assert told[-1][2] == {
        "len": trained.curve[-1].len,
        "best": max(point.len for point in trained.curve),
    }


def test_the_curve_has_a_point_an_evaluation_and_ends_with_the_data(toy: World) -> None:
    trained = train("a2c", toy, 1, brief("a2c", evaluations=5))
    assert [point.data for point in trained.curve] == [256, 512, 768, 1024, 1280]


def test_a_budget_that_is_no_whole_number_of_updates_is_not_overdrawn(toy: World) -> None:
    trained = train("a2c", toy, 1, brief("a2c", transitions=700, rounds=4, evaluations=3))
    assert trained.data == 640
    assert [point.data for point in trained.curve] == [256, 512, 640]


def test_training_ends_when_users_no_longer_stay_longer(toy: World) -> None:
    still = brief("a2c", learning_rate=0.0, evaluations=20, patience=3)
    trained = train("a2c", toy, 1, still)
    assert [point.data for point in trained.curve] == [64, 128, 192, 256]


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("A2C", "unknown method 'A2C': did you mean 'a2c'?"),
        ("dqm", "unknown method 'dqm': did you mean 'dqn'?"),
        ("ppo", "unknown method 'ppo': known methods: sqn, crr, bcq, cql, dqn, a2c, dorl"),
    ],
)
def test_an_unknown_method_is_answered_with_a_known_one(name: str, hint: str) -> None:
    with pytest.raises(BaselineError) as refused:
        find_method(name)
    assert str(refused.value) == hint


def test_the_methods_are_the_papers_seven() -> None:
    assert set(METHODS) == {"sqn", "crr", "bcq", "cql", "dqn", "a2c", "dorl"}
    assert {name for name in METHODS if METHODS[name].learner.online} == {"dqn", "a2c", "dorl"}


@pytest.mark.parametrize("name", METHODS)
def test_budgets_are_a_hundred_thousand_transitions_or_two_thousand_updates(name: str) -> None:
    chosen = METHODS[name].settings()
    if METHODS[name].learner.online:
        assert getattr(chosen, "transitions", None) == 100_000
    else:
        assert (getattr(chosen, "updates", 0), getattr(chosen, "batch", 0)) == (2_000, 256)


def test_settings_of_another_method_are_refused(toy: World) -> None:
    with pytest.raises(BaselineError, match="dqn takes DQNSettings, not A2CSettings"):
        train("dqn", toy, 0, A2CSettings())


def test_a_budget_below_one_update_is_refused(toy: World) -> None:
    with pytest.raises(BaselineError, match="a budget of 63 transitions is less than the 64 of"):
        train("a2c", toy, 0, brief("a2c", transitions=63))


@pytest.mark.parametrize("changes", [{"sessions": 0}, {"evaluations": -1}, {"gamma": 1.0}])
def test_settings_that_make_no_sense_are_refused(changes: dict[str, Any]) -> None:
    (name,) = changes
    with pytest.raises(BaselineError, match=f"{name}={changes[name]} is invalid: it must be"):
        A2CSettings(**changes)


@pytest.mark.parametrize("name", METHODS)
def test_a_world_with_fewer_items_than_the_window_and_one_is_refused(name: str) -> None:
    world = chance_world(0, QuitRule(beta=0.1, window=4), items=4)
    with pytest.raises(BaselineError, match="has 4 items, fewer than its window of 4 and one more"):
        train(name, world, 0, brief(name))


@pytest.mark.parametrize("name", METHODS)
def test_the_smallest_world_that_can_be_trained_on_is(name: str) -> None:
    world = chance_world(0, QuitRule(beta=0.1, window=4), items=5)
    trained = train(name, world, 0, brief(name))
    assert trained.agent().choose(0, [0, 1, 2, 3]) == 4


@pytest.mark.parametrize("name", METHODS)
def test_a_world_that_says_nothing_of_popularity_can_be_trained_on(name: str) -> None:
    world = chance_world(3, QuitRule(beta=0.1))
    assert world.popularity is None
    assert train(name, world, 0, brief(name)).data == 1_280


@pytest.mark.parametrize("name", METHODS)
def test_users_who_do_not_mind_repeats_may_outlast_the_catalogue(name: str) -> None:
    rule = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)
    world = chance_world(1, rule, items=8)
    trained = train(name, world, 0, brief(name, max_rounds=20))
    assert trained.curve[-1].len == 20


@pytest.mark.parametrize("name", ["cuda", "cuda:7", "mps", "meta", "gpu", ""])
def test_a_device_that_is_not_there_is_refused_in_one_line(name: str) -> None:
    with pytest.raises(BaselineError) as refused:
        find_device(name)
    assert str(refused.value) == f"device {name!r} is not on this machine: use 'cpu'"


@pytest.mark.parametrize("name", METHODS)
def test_a_world_in_which_nobody_viewed_anything_is_learnt_online_alone(
    name: str, toy: World
) -> None:
    world = replace(toy, histories=[()] * toy.users)
    if METHODS[name].learner.online:
        assert train(name, world, 0, brief(name)).data == 1_280
    else:
        with pytest.raises(BaselineError, match="nobody in world 'toy' viewed anything"):
            train(name, world, 0, brief(name))
