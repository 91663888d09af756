"""Makes a world from a log: builds, calibrates, describes and saves it."""

import hashlib
import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np

from simulator.batch_play import sample_users
from simulator.building.build import BuildSettings, Report, build_world
from simulator.building.calibrate import calibrate
from simulator.building.describe import finished_card
from simulator.building.reference_figures import with_cached_ratings
from simulator.byte_progress import ByteProgress
from simulator.folder import Card, save_world, world_name
from simulator.logs import LAYOUTS, Log, read_log
from simulator.place import building
from simulator.quit_rule import QuitRule


def make_world(
    layout: str,
    source: Path,
    out: Path,
    settings: BuildSettings | None = None,
    report: Report = lambda _: None,
    progress: ByteProgress | None = None,
    *,
    replace_world: bool = False,
) -> Card:
    """Writes a world from a publisher's files; deterministic for given files and settings."""
    with building(out, replace=replace_world):
        report(f"reading {source}")
        log = read_log(layout, source, progress)
        return _make(log, out, settings or BuildSettings(k=LAYOUTS[layout].k), report)


def make_world_of_log(
    log: Log,
    out: Path,
    settings: BuildSettings,
    report: Report = lambda _: None,
    *,
    replace_world: bool = False,
) -> Card:
    """Writes a finished world and returns its card; no other process builds it meanwhile."""
    with building(out, replace=replace_world):
        return _make(log, out, settings, report)


def _make(log: Log, out: Path, settings: BuildSettings, report: Report) -> Card:
    world, card = build_world(world_name(out), log, settings, report)
    report("calibrating beta")
    users = sample_users(world, seed=settings.seed)
    cached = with_cached_ratings(world)
    calibration = calibrate(cached, users, settings.seed)
    rule = QuitRule(calibration.beta, no_repeats=settings.repeats_bore)
    report("playing the reference policies")
    card |= {"data_sha256": log_sha256(log), "distributions": {"ratings": _ratings(log)}}
    finished = finished_card(replace(cached, rule=rule), calibration, card, settings.seed)
    save_world(replace(world, rule=rule), finished, out)
    return finished


def was_made_of(card: Card, log: Log, settings: BuildSettings) -> bool:
    """Whether a card is that of the world which this log and these settings give."""
    as_saved = json.loads(json.dumps(asdict(settings)))
    return bool(card["settings"] == as_saved and card["data_sha256"] == log_sha256(log))


def log_sha256(log: Log) -> str:
    """A hash of the parsed log, independent of the layout of its files."""
    digest = hashlib.sha256()
    for column in (log.users, log.items, log.ratings, log.times):
        digest.update(b"none" if column is None else np.ascontiguousarray(column).tobytes())
    names = [log.user_names, log.item_names, log.catalogue.titles, log.catalogue.genres]
    digest.update(json.dumps(names).encode())
    return digest.hexdigest()


def _ratings(log: Log) -> dict[str, Any]:
    """How often each rating was given."""
    values, counts = np.unique(log.ratings, return_counts=True)
    return {f"{value:g}": int(count) for value, count in zip(values, counts, strict=True)}
