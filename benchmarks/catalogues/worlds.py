"""How long real logs take to become worlds.

BILLP_STEAM and BILLP_MOVIELENS name folders with the publishers' raw files; none, no figure.
"""

import os
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, report
from simulator.building.make import make_world

FOLDERS = {"steam": "BILLP_STEAM", "movielens": "BILLP_MOVIELENS"}


def main() -> None:
    """Builds each world once."""
    for name, variable in FOLDERS.items():
        source = os.environ.get(variable)
        if not source:
            continue
        with tempfile.TemporaryDirectory() as folder:
            began = time.process_time()
            make_world(name, Path(source), Path(folder) / name)
        spent = time.process_time() - began
        report([Figure(f"CPU of raw files to a world: {name}", spent, "s", 60.0)])


if __name__ == "__main__":
    main()
