"""Makes a world from raw files: reads, builds, calibrates, describes and saves it."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.batch_play import sample_users
from simulator.building.build import BuildSettings, Report, build_world
from simulator.building.calibrate import calibrate, frontier
from simulator.building.reference_figures import reference_figures, with_cached_ratings
from simulator.byte_progress import ByteProgress
from simulator.distances import quantile_distances
from simulator.folder import save_world
from simulator.logs import LAYOUTS, Log, read_log
from simulator.quit_rule import QuitRule
from simulator.world import HALVES, RATING_MAX, RATING_MIN, World

BINS = 32
DESCRIBED_USERS = 200
FRONTIER_QUANTILES = (0.02, 0.05, 0.10, 0.15, 0.20)
FRONTIER_WINDOWS = (2, 4, 6, 8)
DISTANCE_QUANTILES = tuple(step / 20 for step in range(21))


def make_world(
    name: str,
    source: Path,
    out: Path,
    settings: BuildSettings | None = None,
    report: Report = lambda _: None,
    progress: ByteProgress | None = None,
) -> dict[str, Any]:
    """Writes a finished world and returns its card; deterministic for given files and settings."""
    report(f"reading {source}")
    log = read_log(name, source, progress)
    chosen = settings or BuildSettings(k=LAYOUTS[name].k)
    world, card = build_world(name, log, chosen, report)
    report("calibrating beta")
    users = sample_users(world, seed=chosen.seed)
    cached = with_cached_ratings(world)
    calibration = calibrate(cached, users, chosen.seed)
    rule = QuitRule(calibration.beta, no_repeats=chosen.repeats_bore)
    report("playing the reference policies")
    card |= {
        "data_sha256": _digest(log),
        "rule": asdict(rule),
        "calibration": asdict(calibration),
        "reference": {
            policy: asdict(figures)
            for policy, figures in reference_figures(replace(cached, rule=rule), users).items()
        },
        "distributions": _distributions(log, world, chosen.seed),
        "frontier": asdict(frontier(cached, FRONTIER_QUANTILES, FRONTIER_WINDOWS)),
    }
    finished = json.loads(json.dumps(card, default=lambda value: value.tolist()))  # JSON types
    save_world(replace(world, rule=rule), finished, out)
    return dict(finished)


def _distributions(log: Log, world: World, seed: int) -> dict[str, Any]:
    """The distributions in the picture of a world: ratings, rewards per half, distances."""
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
    """A hash of the parsed log, independent of the layout of its files."""
    digest = hashlib.sha256()
    for column in (log.users, log.items, log.ratings, log.times):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    names = [log.user_names, log.item_names, log.catalogue.titles, log.catalogue.genres]
    digest.update(json.dumps(names).encode())
    return digest.hexdigest()
