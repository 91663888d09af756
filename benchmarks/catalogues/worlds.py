"""How many steps worlds take, and how long real logs take to become worlds.

BILLP_STEAM and BILLP_MOVIELENS name folders with the publishers' raw files; none, no figure.
"""

import os
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, report
from simulator import World, load_world
from simulator.batch_environment import BatchEnvironment
from simulator.building.make import make_world

FOLDERS = {"steam": "BILLP_STEAM", "movielens": "BILLP_MOVIELENS"}
SESSIONS, STEPS = 1024, 200


def pace(world: World) -> float:
    """Steps per CPU-second of random items for many users at once; those who leave are replaced."""
    rng = np.random.default_rng(0)
    environment = BatchEnvironment(world, "test")
    environment.reset(rng.integers(world.users, size=SESSIONS))
    began = time.process_time()
    for _ in range(STEPS):
        environment.step(rng.integers(len(world.catalogue), size=SESSIONS))
        environment.restart_finished(rng)
    return SESSIONS * STEPS / (time.process_time() - began)


def main() -> None:
    """Steps through the demo world, then builds each world once and steps through it."""
    report([Figure("steps of the demo world", pace(load_world("demo")), "/CPU s", least=1e6)])
    for name, variable in FOLDERS.items():
        source = os.environ.get(variable)
        if not source:
            continue
        with tempfile.TemporaryDirectory() as folder:
            began = time.process_time()
            make_world(name, Path(source), Path(folder) / name)
            spent = time.process_time() - began
            steps = pace(load_world(str(Path(folder) / name)))
        report(
            [
                Figure(f"CPU of raw files to a world: {name}", spent, "s", 60.0),
                Figure(f"steps of that world: {name}", steps, "/CPU s", least=1e6),
            ]
        )


if __name__ == "__main__":
    main()
