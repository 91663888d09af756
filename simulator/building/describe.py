"""What a world's card says of how it plays: calibration, reference policies, distributions."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from simulator.arrays import Indices
from simulator.batch_play import sample_users
from simulator.building.calibrate import Calibration, calibrate, frontier
from simulator.building.reference_figures import reference_figures, with_cached_ratings
from simulator.building.weaknesses import weaknesses
from simulator.distances import quantile_distances
from simulator.folder import Card
from simulator.world import HALVES, RATING_MAX, RATING_MIN, World

BINS = 32
DESCRIBED_USERS = 200
FRONTIER_QUANTILES = (0.02, 0.05, 0.10, 0.15, 0.20)
FRONTIER_WINDOWS = (2, 4, 6, 8)
DISTANCE_QUANTILES = tuple(step / 20 for step in range(21))


def finished_card(
    world: World, calibration: Calibration, known: Mapping[str, Any], seed: int = 0
) -> Card:
    """The card of a world under its final rule, in JSON types: what is known, and how it plays."""
    users = sample_users(world, seed=seed)
    cached = with_cached_ratings(world)
    figures = reference_figures(cached, users)
    card = {
        **known,
        "rule": asdict(world.rule),
        "calibration": asdict(calibration),
        "accepted_items": _accepted_items(cached, users),
        "reference": {policy: asdict(reached) for policy, reached in figures.items()},
        "distributions": {**known.get("distributions", {}), **_distributions(world, seed)},
        "frontier": asdict(frontier(cached, FRONTIER_QUANTILES, FRONTIER_WINDOWS)),
    }
    finished: Card = json.loads(json.dumps(card, default=lambda value: value.tolist()))
    return {**finished, "warnings": weaknesses(finished)}


def made_card(world: World) -> Card:
    """The card of a world that is made by code, from no log."""
    sizes = {"users": world.users, "items": len(world.catalogue)}
    return finished_card(world, calibrate(world), {"statistics": sizes})


def _accepted_items(world: World, users: Indices) -> float:
    """The mean share of items that a user of the test half would not leave over by their rating."""
    ratings = world.halves["test"].rewards.rate_all(users)
    return float(np.mean(ratings >= world.rule.min_reward))


def _distributions(world: World, seed: int) -> dict[str, Any]:
    """The distributions in the picture of a world: rewards per half, distances."""
    users = sample_users(world, DESCRIBED_USERS, seed)
    edges = np.linspace(RATING_MIN, RATING_MAX, BINS + 1)
    rewards = {
        half: np.histogram(world.halves[half].rewards.rate_all(users), edges)[0] for half in HALVES
    }
    distances = quantile_distances(world.halves["test"].vectors, DISTANCE_QUANTILES, seed)
    return {
        "reward_edges": edges,
        "rewards": rewards,
        "distance_quantiles": dict(zip(map(str, DISTANCE_QUANTILES), distances, strict=True)),
    }
