"""Trackers by name, as `--track NAME[:PLACE]` asks for them."""

import zlib
from collections.abc import Callable, Sequence
from importlib.util import find_spec

from experiments.errors import MissingExtraError, UnknownNameError
from experiments.trackers.jsonl import JsonLines
from experiments.trackers.tracker import Tracker

DEFAULT = ("jsonl",)
NONE = "none"
EXTRAS = ("tensorboard", "mlflow", "wandb")  # each named as its package


def find_trackers(wanted: Sequence[str | Tracker]) -> list[Tracker]:
    """The trackers of these names, beside those that a program made itself."""
    named = [one for one in wanted if one != NONE]
    return [find_tracker(one) if isinstance(one, str) else one for one in named]


def find_tracker(asked: str) -> Tracker:
    """The tracker of NAME or NAME:PLACE; refused if unknown, or if its extra is missing."""
    kind, _, place = asked.partition(":")
    makers = _makers()
    if kind not in makers:
        raise UnknownNameError("tracker", kind, [*makers, NONE])
    if kind in EXTRAS and find_spec(kind) is None:
        raise MissingExtraError(f"runs tracked by {kind!r}", kind)
    name = f"{kind}-{zlib.crc32(place.encode()):08x}" if place else kind
    return makers[kind](place, name)


def _makers() -> dict[str, Callable[[str, str], Tracker]]:
    from experiments.trackers.mlflow import MlflowTracker
    from experiments.trackers.tensorboard import TensorBoardTracker
    from experiments.trackers.wandb import WandbTracker

    return {
        "jsonl": JsonLines,
        "tensorboard": TensorBoardTracker,
        "mlflow": MlflowTracker,
        "wandb": WandbTracker,
    }
