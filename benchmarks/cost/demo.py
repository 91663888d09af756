"""Wall time and peak memory of `billp demo`."""

import resource
import subprocess
import sys
import tempfile
import time

from benchmarks.figures import Figure, report

KILOBYTES_PER_UNIT = 1 if sys.platform == "linux" else 1 / 1024


def main() -> None:
    """Runs the command once, as a user does."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        command = [sys.executable, "-m", "experiments.cli", "demo", "--out", folder]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        wall = time.monotonic() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * KILOBYTES_PER_UNIT
    report(
        [
            Figure("wall time of billp demo", wall, "s", 120.0),
            Figure("peak memory of billp demo", peak / 1e6, "GB", 1.5),
        ]
    )


if __name__ == "__main__":
    main()
