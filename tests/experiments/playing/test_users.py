"""Whom a run meets: those who are evaluated are not learned from, however a run grows."""

from dataclasses import replace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.errors import RunError
from experiments.playing.run import users_of
from experiments.runs.presets import PHASES
from experiments.runs.settings import RunSettings, StudySize, check_size
from experiments.runs.variants import variant
from graph.trainer import draw_users
from simulator import QuitRule
from tests.simulator.conftest import line_world

USERS = 40
WORLD = replace(line_world(QuitRule(beta=1.0)), histories=[()] * USERS)
BILLP, RANDOM = variant("billp", "offline"), variant("random", "offline")

counts = st.integers(1, USERS)
seeds = st.integers(0, 2**31 - 1)


def settings(
    learning: int, evaluated: int, users: Literal["new", "any"] = "new", **more: object
) -> RunSettings:
    made = RunSettings("table3", "line", (RANDOM, BILLP), train_episodes=learning, users=users)
    return replace(made, episodes=evaluated, **more)  # type: ignore[arg-type]


def met(chosen: RunSettings, phase: str, seed: int) -> list[int]:
    [named] = [one for one in PHASES if one == phase]
    return users_of(chosen, named, seed, WORLD)


@given(learning=counts, evaluated=counts, seed=seeds)
def test_nobody_is_met_twice_where_the_sizes_are_taken(
    learning: int, evaluated: int, seed: int
) -> None:
    chosen = settings(learning, evaluated)
    if learning + evaluated > USERS:
        with pytest.raises(RunError, match="play fewer episodes, or let users be met by both"):
            check_size(chosen, WORLD)
        return
    check_size(chosen, WORLD)
    everyone = [*met(chosen, "train", seed), *met(chosen, "frozen", seed)]
    assert len(set(everyone)) == len(everyone) == learning + evaluated
    assert set(everyone) <= set(range(USERS))


@given(learning=counts, evaluated=counts, more=counts, seed=seeds)
def test_a_phase_that_grows_goes_on_and_changes_no_other(
    learning: int, evaluated: int, more: int, seed: int
) -> None:
    chosen = settings(learning, evaluated)
    longer = replace(chosen, episodes=min(USERS, evaluated + more))
    assert met(longer, "train", seed) == met(chosen, "train", seed)
    assert met(longer, "frozen", seed)[:evaluated] == met(chosen, "frozen", seed)
    taught = replace(chosen, train_episodes=min(USERS, learning + more))
    assert met(taught, "frozen", seed) == met(chosen, "frozen", seed)
    assert met(taught, "train", seed)[:learning] == met(chosen, "train", seed)


@given(learning=counts, evaluated=counts, seed=seeds)
def test_who_is_evaluated_does_not_depend_on_who_may_be_learned_from(
    learning: int, evaluated: int, seed: int
) -> None:
    new, any_ = (settings(learning, evaluated, users) for users in ("new", "any"))
    for phase in ("frozen", "online"):
        assert met(new, phase, seed) == met(any_, phase, seed)
    assert met(any_, "train", seed) == draw_users(USERS, learning, [seed, 0])


def test_each_seed_has_an_order_of_its_own() -> None:
    chosen = settings(10, 10)
    for phase in ("train", "frozen"):
        assert met(chosen, phase, 0) == met(chosen, phase, 0)
        assert met(chosen, phase, 0) != met(chosen, phase, 1)


@pytest.mark.parametrize(
    "chosen",
    [
        settings(USERS, USERS, "any"),
        settings(2 * USERS, 1, "any"),
        settings(USERS, 0),
        settings(USERS, USERS, variants=(RANDOM,)),
    ],
    ids=["any", "any, again and again", "a training alone", "nothing learns"],
)
def test_sizes_that_the_users_suffice_for_are_taken(chosen: RunSettings) -> None:
    check_size(chosen, WORLD)
    assert len(met(chosen, "train", 0)) == chosen.train_episodes


def test_users_of_the_critics_study_are_not_learned_from_either() -> None:
    study = StudySize(states=31)
    with pytest.raises(RunError, match="fewer than the 10 to learn from and the 31 others"):
        check_size(settings(10, 5, critic=study), WORLD)
    check_size(settings(9, 5, critic=study), WORLD)


def test_who_evaluates_a_training_is_told_no_option_that_they_lack() -> None:
    with pytest.raises(RunError) as refused:
        check_size(settings(10, 31, trained="runs/mine"), WORLD)
    assert str(refused.value) == (
        "world 'line' has 40 users, fewer than the 10 to learn from and the 31 others to evaluate: "
        "play fewer episodes"
    )
