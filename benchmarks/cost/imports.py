"""CPU and wall time of what a fresh process does first: help, imports, and the first embedding."""

import statistics
import subprocess
import sys

from benchmarks.figures import Figure, report

RUNS = 5
TIMED = """
import os, time
began = time.perf_counter()
{program}
print(time.perf_counter() - began, sum(os.times()[:2]))
"""
HELP = """
import contextlib, io, sys
from experiments.cli import main
sys.argv = ["billp", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
"""
RUNNER = "import experiments.runs.plan, experiments.playing.runner"
EMBEDDING = "from stores import default_embedder; default_embedder().embed(['Hades'])"
PROGRAMS = (  # with the most CPU seconds and, where there is one, the most seconds
    ("billp --help", HELP, 0.3, None),
    ("import graph.episode", "import graph.episode", 1.5, 1.5),
    ("import of the runner", RUNNER, 1.5, None),
    ("first embedding", EMBEDDING, 1.5, None),
)


def measured(program: str) -> tuple[float, float]:
    """The medians of wall and CPU seconds in a few processes, after one that warms the disk."""
    command = [sys.executable, "-c", TIMED.format(program=program)]
    runs = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
        for _ in range(1 + RUNS)
    ]
    wall, cpu = zip(*((float(run[0]), float(run[1])) for run in runs[1:]), strict=True)
    return statistics.median(wall), statistics.median(cpu)


def main() -> None:
    """Measures each program; CPU time is that of the whole process."""
    for name, program, most_cpu, most_wall in PROGRAMS:
        wall, cpu = measured(program)
        report([Figure(f"CPU of {name}", cpu, "s", most_cpu), Figure(name, wall, "s", most_wall)])


if __name__ == "__main__":
    main()
