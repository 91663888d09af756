"""Processes that play a run's episodes, beside one: wall time, CPU, and many episodes in one.

The chat model is the embedded one, so that a run is bound by the CPU. A first run, which makes the
catalogue's vectors, is not measured. Where other programs are busy the ratio of wall times says
little; that of CPU times does.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, report

EPISODES, MANY, ROUNDS = 24, 1000, 30
SIZES = ("--world", "demo", "--seeds", "1", "--no-report")
LEARNING = (
    *("--arms", "billp", "--train-episodes", str(EPISODES), "--episodes", str(EPISODES)),
    *("--batch", "12", "--rounds", str(ROUNDS), "--concurrency", "16"),
)
TINY = ("--arms", "billp", "--train-episodes", "2", "--episodes", "2", "--rounds", "1")
AT_ONCE = (
    *("--arms", "act-only,react,reflexion,billp", "--train-episodes", "1", "--episodes", "250"),
    *("--batch", "1", "--rounds", "4", "--concurrency", str(MANY)),
)


def play(home: Path, *options: str) -> tuple[float, float, float]:
    """Seconds of wall time and of CPU, and the most megabytes that one process held."""
    command = [sys.executable, "-m", "experiments.cli", "compare", *SIZES, *options]
    with tempfile.TemporaryDirectory() as place:
        measured = subprocess.run(
            [
                sys.executable,
                "-m",
                "benchmarks.cost.workers",
                json.dumps([*command, "--out", f"{place}/run"]),
            ],
            stdout=subprocess.PIPE,
            env={**os.environ, "BILLP_HOME": str(home), "HF_HUB_OFFLINE": "1"},
            check=True,
        )
    wall, cpu, peak = json.loads(measured.stdout)
    return wall, cpu, peak


def measured(command: list[str]) -> None:
    """Runs a command, whose own children it waits for, and prints what all of them took."""
    began = time.monotonic()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall, cpu = time.monotonic() - began, used.ru_utime + used.ru_stime
    print(json.dumps([wall, cpu, used.ru_maxrss / 1000]))


def main() -> None:
    """Starts alone, one and two workers, then many episodes at once in one process."""
    with tempfile.TemporaryDirectory() as place:
        home = Path(place)
        play(home, *TINY)
        load = os.getloadavg()[0]
        begun, played = (
            [play(home, *options, "--workers", str(count)) for count in (1, 2)]
            for options in (TINY, LEARNING)
        )
        many = play(home, *AT_ONCE)
    (wall, cpu), (wall_of_2, cpu_of_2) = (
        (whole[0] - start[0], whole[1] - start[1])
        for whole, start in zip(played, begun, strict=True)
    )
    cores = f"on {os.cpu_count()} cores"
    report(
        [
            Figure("load of the machine before", load, cores),
            Figure(
                "wall time of 1 worker to that of 2, no starts", wall / wall_of_2, "", least=1.7
            ),
            Figure("CPU of 2 workers to that of 1, no starts", cpu_of_2 / cpu, ""),
            Figure("CPU that 1 worker keeps busy", cpu / wall, "cores"),
            Figure("CPU that 2 workers keep busy", cpu_of_2 / wall_of_2, "cores"),
            Figure("CPU that a start takes, with 1 worker", begun[0][1], "s"),
            Figure("CPU that a start takes, with 2 workers", begun[1][1], "s"),
            Figure(f"memory of one process, {MANY} episodes at once", many[2], "MB", 2000),
        ]
    )


if __name__ == "__main__":
    if sys.argv[1:]:
        measured(json.loads(sys.argv[1]))
    else:
        main()
