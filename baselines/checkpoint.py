"""A run on disk: one safetensors file with all that is needed to go on as if it never stopped."""

import hashlib
import json
from collections.abc import Mapping
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
from baselines.observe import ragged
from simulator import World

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
    """What was saved."""
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
    """A hash of all numbers and their names."""
    content = hashlib.sha256()
    for name in sorted(tensors):
        content.update(name.encode())
        content.update(tensors[name].numpy().tobytes())
    return content.hexdigest()


def check_same(path: Path, found: Facts, expected: Facts) -> None:
    """Refuses a checkpoint of another run, and says in what they differ."""
    for name, value in expected.items():
        if found.get(name) != value:
            raise BaselineError(
                f"checkpoint {path} is of another {name} "
                f"({_told(found.get(name), value)}, not {_told(value, found.get(name))}): {REMEDY}"
            )


def _told(value: Any, other: Any) -> str:
    """A value, or of many only those that differ from the other's."""
    if isinstance(value, dict) and isinstance(other, dict):
        return ", ".join(f"{k}={v!r}" for k, v in value.items() if other.get(k) != v) or "the rest"
    return repr(value)


def identity(world: World) -> Facts:
    """What makes a world the same one to a learner: its size, its rule, and what it is made of."""
    content = hashlib.sha256(world.digest.encode())
    content.update(np.ascontiguousarray(world.half("train").vectors).tobytes())
    content.update(ragged(world.histories).values.tobytes())
    rule = world.rule
    return {
        "name": world.name,
        "users": world.users,
        "items": len(world.catalogue),
        "digest": content.hexdigest()[:16],
        "rule": [rule.beta, rule.window, rule.min_reward, rule.no_repeats],
    }


def packed(learner: AnyLearner) -> Tensors:
    """All numbers of a learner: weights, what the optimiser remembers, and what else it keeps."""
    tensors = {f"weights.{name}": tensor for name, tensor in learner.state_dict().items()}
    for place, remembered in learner.optimiser.state_dict()["state"].items():
        tensors |= {f"optimiser.{place}.{name}": value for name, value in remembered.items()}
    arrays = learner.arrays().items()
    kept = {f"kept.{name}": torch.from_numpy(np.ascontiguousarray(array)) for name, array in arrays}
    return tensors | kept


def unpack(learner: AnyLearner, tensors: Tensors) -> None:
    """Puts back what `packed` gave."""
    learner.load_state_dict(section(tensors, "weights."))
    optimiser = learner.optimiser.state_dict()
    for name, tensor in section(tensors, "optimiser.").items():
        place, key = name.split(".", 1)
        optimiser["state"].setdefault(int(place), {})[key] = tensor
    learner.optimiser.load_state_dict(optimiser)
    learner.restore({name: tensor.numpy() for name, tensor in section(tensors, "kept.").items()})


def section(tensors: Mapping[str, Tensor], prefix: str) -> Tensors:
    """Those whose names begin so, without that beginning."""
    return {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
