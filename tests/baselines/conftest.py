"""A world that is learnt in seconds, and settings that spend seconds on it."""

from typing import Any

import numpy as np
import pytest

from baselines import METHODS, MethodSettings
from simulator import HALVES, Catalogue, Half, QuitRule, World
from tests.simulator.conftest import Table

GROUPS, OF_A_GROUP, USERS, ROUNDS = 8, 5, 24, 20
ITEMS = GROUPS * OF_A_GROUP
RULE = QuitRule(beta=0.5, window=2)


def toy_world(seed: int = 0, rule: QuitRule = RULE) -> World:
    """Items of a group are alike, and every other item is one that nobody can stand.

    So a session lasts when what is liked is shown from one group after another. By chance every
    second item ends it. The log shows what is liked, from groups in any order.
    """
    rng = np.random.default_rng(seed)
    groups = np.arange(ITEMS) % GROUPS
    liked = np.arange(ITEMS) // GROUPS % 2 == 0
    vectors = rng.normal(size=(GROUPS, 6))[groups] + 0.01 * rng.normal(size=(ITEMS, 6))
    ratings = np.where(liked, 4.0, 1.0) + 0.2 * rng.random((USERS, ITEMS))
    histories = [rng.permutation(np.flatnonzero(liked))[:18].tolist() for _ in range(USERS)]
    return World(
        name="toy",
        catalogue=Catalogue.of((f"Item {i}", [f"Genre {groups[i]}"]) for i in range(ITEMS)),
        halves={
            half: Half(Table(ratings.astype(np.float32)), vectors.astype(np.float32))
            for half in HALVES
        },
        histories=histories,
        rule=rule,
        popularity=np.bincount(np.concatenate(histories), minlength=ITEMS).astype(np.int32),
    )


QUICK: dict[str, Any] = {
    "hidden": 32,
    "max_rounds": ROUNDS,
    "evaluations": 5,
    "evaluated_users": 12,
    "learning_rate": 5e-3,
    "gamma": 0.9,
}
ONLINE: dict[str, Any] = {"transitions": 6_000, "sessions": 16}
OFFLINE: dict[str, Any] = {"updates": 200, "batch": 64}


def quick(name: str, **changes: Any) -> MethodSettings:
    """Settings with which a method learns the toy world in a second or two."""
    method = METHODS[name]
    budget = ONLINE if method.learner.online else OFFLINE
    return method.settings(**{**QUICK, **budget, **changes})


@pytest.fixture(scope="session")
def toy() -> World:
    return toy_world()
