"""Cross-fitted ratings: each user is rated by a model that has not seen that user's ratings."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import Catalogue, QuitRule, World
from simulator.building.build import BuildSettings, build_world
from simulator.logs import Log
from simulator.rewards.averaged import Averaged
from simulator.rewards.crossfit import FOLDS, CrossFitted, draw_folds
from simulator.rewards.deepfm import FitSettings
from simulator.rewards.factors import FactorRewards
from tests.simulator.conftest import line_world

USERS, ITEMS = 24, 20
SETTINGS = BuildSettings(k=1, halves="random", fit=FitSettings(epochs=2))


def chance_model(seed: int) -> FactorRewards:
    """A model whose arrays are drawn, as no fit would give them."""
    rng = np.random.default_rng(seed)
    shapes = {
        "user_bias": (USERS,),
        "item_bias": (ITEMS,),
        "user_factors": (USERS, 3),
        "item_factors": (ITEMS, 3),
        "user_hidden": (USERS, 4),
        "item_hidden": (ITEMS, 4),
        "second_weight": (4, 2),
        "second_bias": (2,),
        "last_weight": (2,),
        "offset": (),
    }
    return FactorRewards.of(
        {name: rng.normal(0.5, 0.5, shape).astype(np.float32) for name, shape in shapes.items()}
    )


MODELS = (chance_model(1), chance_model(2))
CROSSFIT = CrossFitted(draw_folds(USERS, np.random.default_rng(0)), MODELS)
pairs = st.lists(st.tuples(st.integers(0, USERS - 1), st.integers(0, ITEMS - 1)), max_size=30)


@given(users=st.integers(0, 500), seed=st.integers(0, 2**32))
def test_folds_differ_in_size_by_one_user_at_most(users: int, seed: int) -> None:
    folds = draw_folds(users, np.random.default_rng(seed))
    sizes = np.bincount(folds, minlength=FOLDS)
    assert (len(folds), len(sizes)) == (users, FOLDS)
    assert sizes.max() - sizes.min() <= 1


def test_other_seeds_draw_other_folds() -> None:
    drawn = [draw_folds(USERS, np.random.default_rng(seed)) for seed in (0, 0, 1)]
    assert np.array_equal(drawn[0], drawn[1])
    assert not np.array_equal(drawn[0], drawn[2])


@given(chosen=pairs)
def test_every_user_is_rated_by_the_model_of_their_fold(chosen: list[tuple[int, int]]) -> None:
    users, items = np.array(chosen, np.intp).reshape(-1, 2).T
    rated = CROSSFIT.rate_pairs(users, items)
    for user, item, rating in zip(users, items, rated, strict=True):
        model = MODELS[CROSSFIT.folds[user]]
        assert rating == pytest.approx(model.rate(int(user), [int(item)])[0], abs=1e-5)


def test_one_by_one_in_pairs_or_all_at_once_ratings_are_the_same() -> None:
    everyone = np.arange(USERS)
    whole = CROSSFIT.rate_all(everyone)
    grid = np.repeat(everyone, ITEMS), np.tile(np.arange(ITEMS), USERS)
    assert np.allclose(CROSSFIT.rate_pairs(*grid).reshape(USERS, ITEMS), whole, atol=1e-5)
    assert np.allclose(CROSSFIT.rate(7, [3, 0]), whole[7, [3, 0]], atol=1e-5)


def test_users_of_the_test_half_are_expected_to_rate_as_all_models_do_on_average() -> None:
    world = replace(line_world(QuitRule(beta=1.0)), crossfit=CROSSFIT)
    averaged = world.expected("test")
    assert isinstance(averaged, Averaged)
    assert averaged.models == (world.half("train").rewards, *MODELS)
    assert world.expected("train") is CROSSFIT


def test_its_arrays_are_the_whole_of_it() -> None:
    again = CrossFitted.of(CROSSFIT.arrays())
    assert np.array_equal(again.rate_all(np.arange(USERS)), CROSSFIT.rate_all(np.arange(USERS)))


def chance_log(users: int = USERS) -> Log:
    """Everybody rates half of the items."""
    rng = np.random.default_rng(3)
    rated = [rng.choice(ITEMS, ITEMS // 2, replace=False) for _ in range(users)]
    return Log(
        users=np.repeat(np.arange(users, dtype=np.int32), ITEMS // 2),
        items=np.concatenate(rated).astype(np.int32),
        ratings=rng.integers(1, 6, users * (ITEMS // 2)).astype(np.float32),
        times=None,
        user_names=tuple(f"u{user}" for user in range(users)),
        item_names=tuple(f"i{item}" for item in range(ITEMS)),
        catalogue=Catalogue.of((f"Item {i}", [f"Genre {i % 3}"]) for i in range(ITEMS)),
    )


def built(log: Log) -> World:
    return build_world("chance", log, SETTINGS)[0]


@pytest.mark.slow
def test_what_is_expected_of_users_does_not_depend_on_their_own_ratings() -> None:
    log = chance_log()
    crossfit = built(log).crossfit
    assert isinstance(crossfit, CrossFitted)
    changed = crossfit.folds == 0
    turned = np.where(changed[log.users], 6 - log.ratings, log.ratings).astype(np.float32)
    other = built(replace(log, ratings=turned)).crossfit
    assert isinstance(other, CrossFitted)
    before, after = (one.rate_all(np.arange(USERS)) for one in (crossfit, other))
    assert np.array_equal(before[changed], after[changed])
    assert not np.array_equal(before[~changed], after[~changed])


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Mean of empty slice", "ignore:invalid value")
def test_a_world_of_one_user_has_nobody_else_to_learn_from() -> None:
    assert built(chance_log(users=1)).crossfit is None
