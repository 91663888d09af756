"""Random kills of a small comparison with RL methods: its records end as those of one left alone.

Each of 20 trials starts a run, sends KILL, TERM or INT at a random moment, and gives the command
again. A trial passes if all of its records, journals and its summary are byte for byte those of an
undisturbed run.

    python -m benchmarks.lasting.kills [TRIALS [SEED]]
"""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure, report

TRIALS, SEED = 20, 7
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
PATIENCE = 600.0  # seconds
COMMAND = (
    *("compare", "--world", "demo", "--arms", "random,a2c,cql,billp", "--seeds", "1"),
    *("--train-episodes", "4", "--episodes", "4", "--batch", "2", "--rounds", "5"),
    *("--transitions", "4000", "--updates", "100", "--evaluate", "both"),
    *("--concurrency", "4", "--no-report"),
)


def start(folder: Path) -> "subprocess.Popen[bytes]":
    """The command on a run's folder, beside which its home and its log lie."""
    with folder.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "experiments.cli", *COMMAND, "--out", str(folder)],
            stdout=log,
            stderr=log,
            env={**os.environ, "BILLP_HOME": str(folder.parent / "home"), "HF_HUB_OFFLINE": "1"},
        )


def ended(folder: Path) -> float:
    """Seconds that the command takes to its end, which is a good one."""
    began = time.monotonic()
    code = start(folder).wait(PATIENCE)
    if code:
        raise RuntimeError(f"exit code {code}: {folder.with_suffix('.log').read_text()[-3000:]}")
    return time.monotonic() - began


def outcome(folder: Path) -> dict[str, object]:
    """What must be the same: the summary, the records by their ids, and the journals."""
    found: dict[str, object] = {"summary": (folder / "summary.json").read_bytes()}
    for path in sorted((folder / "cells").glob("**/*.jsonl")):
        lines = path.read_bytes().splitlines()
        name = str(path.relative_to(folder))
        # which of the episodes under way ends first is chance; journals have an order
        found[name] = sorted(lines) if path.name == "episodes.jsonl" else lines
    for path in sorted((folder / "cells").glob("*/training.json")):
        found[str(path.relative_to(folder))] = json.loads(path.read_bytes())
    return found


def disturbed(folder: Path, dice: random.Random, usual: float) -> str:
    """Sends a signal to a run in its midst, then lets it end; the signal's name."""
    while True:
        process, chosen = start(folder), dice.choice(SIGNALS)
        try:
            process.wait(dice.uniform(0.1, 0.9) * usual)
        except subprocess.TimeoutExpired:
            process.send_signal(chosen)
            process.wait(PATIENCE)
            ended(folder)
            return chosen.name
        shutil.rmtree(folder)  # it was faster than usual


def main() -> None:
    """Plays in a folder that is removed; each trial is told on standard error."""
    trials, seed = (*map(int, sys.argv[1:3]), *(TRIALS, SEED)[len(sys.argv[1:3]) :])
    dice, same = random.Random(seed), 0
    with tempfile.TemporaryDirectory() as place:
        ended(Path(place) / "first")  # makes the catalogue's vectors
        usual = ended(Path(place) / "alone")
        expected = outcome(Path(place) / "alone")
        for trial in range(trials):
            folder = Path(place) / f"trial-{trial}"
            hit = disturbed(folder, dice, usual)
            found = outcome(folder)
            differing = [name for name in expected if found.get(name) != expected[name]]
            same += not differing and found.keys() == expected.keys()
            print(f"{trial + 1}: {hit}, differing: {differing}", file=sys.stderr, flush=True)
    report(
        [Figure(f"killed runs, of {trials}, that end as one left alone", same, "", least=trials)]
    )


if __name__ == "__main__":
    main()
