"""Makes a world from raw files: read, build, calibrate, describe, save."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.building.build import BuildSettings, build_world
from simulator.building.calibrate import (
    calibrate,
    frontier,
    reference_figures,
    remembering,
    sample_users,
)
from simulator.byte_progress import ByteProgress
from simulator.distances import quantile_distances
from simulator.folder import save_world
from simulator.logs import LAYOUTS, Log, read_log
from simulator.rules import QuitRule
from simulator.world import HALVES, RATING_MAX, RATING_MIN, World

BINS = 32
DESCRIBED_USERS = 200
FRONTIER_QUANTILES = (0.02, 0.05, 0.10, 0.15, 0.20)
FRONTIER_WINDOWS = (2, 4, 6, 8)
DISTANCE_QUANTILES = tuple(step / 20 for step in range(21))

Tell = Callable[[str], None]


def make_world(
    name: str,
    source: Path,
    out: Path,
    settings: BuildSettings | None = None,
    tell: Tell = lambda _: None,
    progress: ByteProgress | None = None,
) -> dict[str, Any]:
    """A finished world in a folder, and its card; the same files and settings give the same."""
    tell(f"reading {source}")
    log = read_log(name, source, progress)
    chosen = settings or BuildSettings(k=LAYOUTS[name].k)
    world, card = build_world(name, log, chosen, tell)
    tell("calibrating beta")
    users = sample_users(world, seed=chosen.seed)
    quick = remembering(world)
    calibration = calibrate(quick, users, chosen.seed)
    rule = QuitRule(calibration.beta, no_repeats=chosen.repeats_bore)
    tell("playing the reference policies")
    card |= {
        "data_sha256": _digest(log),
        "rule": asdict(rule),
        "calibration": asdict(calibration),
        "reference": {
            policy: asdict(figures)
            for policy, figures in reference_figures(replace(quick, rule=rule), users).items()
        },
        "distributions": _distributions(log, world, chosen.seed),
        "frontier": asdict(frontier(quick, FRONTIER_QUANTILES, FRONTIER_WINDOWS)),
    }
    plain = _plain(card)
    save_world(replace(world, rule=rule), plain, out)
    return dict(plain)


def _distributions(log: Log, world: World, seed: int) -> dict[str, Any]:
    """What a picture of the world shows: ratings, rewards of each half, distances."""
    users = sample_users(world, DESCRIBED_USERS, seed)
    values, counts = np.unique(log.ratings, return_counts=True)
    edges = np.linspace(RATING_MIN, RATING_MAX, BINS + 1)
    rewards = {
        half: np.histogram(world.halves[half].rewards.rate_all(users), edges)[0] for half in HALVES
    }
    distances = quantile_distances(world.halves["test"].vectors, DISTANCE_QUANTILES, seed)
    return {
        "ratings": {f"{value:g}": int(count) for value, count in zip(values, counts, strict=True)},
        "reward_edges": edges,
        "rewards": rewards,
        "distance_quantiles": dict(zip(map(str, DISTANCE_QUANTILES), distances, strict=True)),
    }


def _digest(log: Log) -> str:
    """A hash of what was read, whatever files it came in."""
    digest = hashlib.sha256()
    for column in (log.users, log.items, log.ratings, log.times):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    names = [log.user_names, log.item_names, log.catalogue.titles, log.catalogue.genres]
    digest.update(json.dumps(names).encode())
    return digest.hexdigest()


def _plain(value: Any) -> Any:
    """The same in types that JSON knows."""
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [_plain(inner) for inner in value]
    return value.item() if isinstance(value, np.generic) else value
