"""How long `import graph.episode` takes in a fresh process."""

import statistics
import subprocess
import sys

from benchmarks.figures import Figure, report

RUNS = 5
PROGRAM = (
    "import time; t = time.perf_counter(); import graph.episode; print(time.perf_counter() - t)"
)


def main() -> None:
    """The median of a few processes, after one that warms the disk."""
    seconds = [
        float(
            subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True).stdout
        )
        for _ in range(1 + RUNS)
    ]
    report([Figure("import of graph.episode", statistics.median(seconds[1:]), "s", 1.5)])


if __name__ == "__main__":
    main()
