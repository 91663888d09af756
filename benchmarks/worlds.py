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
            began = time.monotonic()
            make_world(name, Path(source), Path(folder) / name)
        report([Figure(f"raw files to a world: {name}", time.monotonic() - began, "s", 60.0)])


if __name__ == "__main__":
    main()
