"""Runs at a glance: read fast from run.json and the files beside it, for a list of many."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import durable
from experiments.errors import RunError
from experiments.runs.places import LOCK, RUN

State = Literal["finished", "unfinished", "in use"]
CHECKPOINTS = ("checkpoints.sqlite", "critic.sqlite")  # there until the last episode has ended


@dataclass(frozen=True)
class Glance:
    """What a run is, how large it is, and how far it came."""

    folder: str
    preset: str
    world: str
    arms: tuple[str, ...]
    seeds: int
    episodes: int
    train_episodes: int
    played: int
    state: State
    last_played: float
    bytes: int


def glance(folder: Path) -> Glance:
    """A run at a glance; what is damaged is refused."""
    try:
        settings: Mapping[str, Any] = json.loads((folder / RUN).read_bytes())["settings"]
        facts: dict[str, Any] = {
            "preset": str(settings["preset"]),
            "world": str(settings["world"]),
            "arms": tuple(str(variant["name"]) for variant in settings["variants"]),
            "seeds": len(settings["seeds"]),
            "episodes": int(settings["episodes"]),
            "train_episodes": int(settings["train_episodes"]),
        }
    except OSError as error:
        raise RunError(f"{folder / RUN} cannot be read ({error.strerror})") from error
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise RunError(f"{folder / RUN} is damaged") from error
    files = [path for path in folder.rglob("*") if path.is_file()]
    return Glance(
        folder=str(folder),
        **facts,
        played=sum(_lines(path) for path in folder.glob("cells/*/episodes.jsonl")),
        state=state_of(folder),
        last_played=max((path.stat().st_mtime for path in _written(folder)), default=0.0),
        bytes=sum(path.stat().st_size for path in files),
    )


def state_of(folder: Path) -> State:
    """Whether a run is played now, and whether it came to its end."""
    if durable.is_locked(folder / LOCK):
        return "in use"
    begun = any((folder / name).exists() for name in CHECKPOINTS)
    return "unfinished" if begun or not (folder / "summary.json").exists() else "finished"


def _written(folder: Path) -> list[Path]:
    return [path for path in (folder / RUN, folder / "calls.csv") if path.exists()]


def _lines(path: Path) -> int:
    with path.open("rb") as lines:
        return sum(1 for _ in lines)
