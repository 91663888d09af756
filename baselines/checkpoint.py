"""Checkpoints: one safetensors file with everything that exact resumption needs."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

import durable
from baselines.errors import BaselineError
from baselines.learner import AnyLearner
from simulator import World
from simulator.ragged import Ragged

SCHEMA = 1
REMEDY = "train anew into another file, or delete this one"

Facts = dict[str, Any]
Tensors = dict[str, Tensor]


def save_checkpoint(path: Path, tensors: Mapping[str, Tensor], facts: Facts) -> None:
    """Replaces the file at once."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        kept = {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}
        content = {"schema": SCHEMA, **facts, "sha256": _hash(kept)}
        with durable.replacing(path) as partial:
            save_file(kept, partial, {"billp": json.dumps(content)})
    except (OSError, SafetensorError) as error:
        raise BaselineError(
            f"checkpoint {path} cannot be written ({error}): name a file in a folder that can be"
        ) from error


def load_checkpoint(path: Path) -> tuple[Tensors, Facts]:
    """Loads and checks a checkpoint."""
    try:
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {})["billp"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
            schema, whole = facts["schema"], facts["sha256"] == _hash(tensors)
    except (OSError, SafetensorError, KeyError, TypeError, ValueError) as error:
        raise BaselineError(f"{path} is no whole checkpoint of a baseline: {REMEDY}") from error
    if schema != SCHEMA:
        raise BaselineError(f"{path} has schema {schema}, this version reads {SCHEMA}: {REMEDY}")
    if not whole:
        raise BaselineError(f"{path} was altered after it was written: {REMEDY}")
    return tensors, dict(facts)


def _hash(tensors: Tensors) -> str:
    """A hash of all tensors and their names."""
    content = hashlib.sha256()
    for name in sorted(tensors):
        content.update(name.encode())
        content.update(tensors[name].numpy().tobytes())
    return content.hexdigest()


def check_same(path: Path, found: Facts, expected: Facts) -> None:
    """Raises if a checkpoint belongs to another run, and says what differs."""
    for name, value in expected.items():
        other = found.get(name)
        if other != value:
            raise BaselineError(
                f"checkpoint {path} is of another {name} "
                f"({_difference(other, value)}, not {_difference(value, other)}): {REMEDY}"
            )


def _difference(value: Any, other: Any) -> str:
    """A value, or of a dict only the items that differ."""
    if isinstance(value, dict) and isinstance(other, dict):
        return ", ".join(f"{k}={v!r}" for k, v in value.items() if other.get(k) != v) or "the rest"
    return repr(value)


def world_identity(world: World) -> Facts:
    """The facts by which a world is recognised: size, quit rule and a digest."""
    content = hashlib.sha256(world.digest.encode())
    content.update(np.ascontiguousarray(world.half("train").vectors).tobytes())
    content.update(Ragged.of(world.histories).values.tobytes())
    return {
        "name": world.name,
        "users": world.users,
        "items": len(world.catalogue),
        "digest": content.hexdigest()[:16],
        "rule": list(astuple(world.rule)),
    }


def learner_state(learner: AnyLearner) -> Tensors:
    """All state of a learner as tensors: weights, optimiser and other arrays."""
    tensors = {f"weights.{name}": tensor for name, tensor in learner.state_dict().items()}
    for place, remembered in learner.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{place}.{name}": value for name, value in remembered.items()}
    arrays = learner.arrays().items()
    kept = {f"kept.{name}": torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays}
    return tensors | kept


def restore_learner(learner: AnyLearner, tensors: Tensors) -> None:
    """Restores what `learner_state` returned."""
    learner.load_state_dict(tensors_of(tensors, "weights."))
    optimiser = learner.optimiser.state_dict()
    for name, tensor in tensors_of(tensors, "optimiser.").items():
        place, key = name.split(".", 1)
        optimiser["state"].setdefault(int(place), {})[key] = tensor
    learner.optimiser.load_state_dict(optimiser)
    learner.restore({name: tensor.numpy() for name, tensor in tensors_of(tensors, "kept.").items()})


def tensors_of(tensors: Mapping[str, Tensor], prefix: str) -> Tensors:
    """The tensors with this prefix, which is removed from their names."""
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
