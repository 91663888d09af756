"""`python -m benchmarks [NAME ...]`: the quick ones or those named, each in its own process.

A time is also told in runs of a calibration loop, so that busy and other machines compare.
"""

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

from rich.console import Console

from benchmarks.figures import collected
from benchmarks.stage.calibration import calibration
from benchmarks.stage.table import Measured, table, write_json

QUICK = ("imports", "episode_cpu", "episode_latency", "checkpoints", "demo", "worlds", "runner")
FOLDERS = ("cost", "lasting", "catalogues", "rl", "scaling")  # which hold the programs
PROGRAMS = {
    name: f"benchmarks.{folder}.{name}"
    for folder in FOLDERS
    for _, name, _ in iter_modules([str(Path(__file__).parent / folder)])
}
OWN_OPTIONS = {  # programs with options of their own, such as the model or the world
    "prompts": "benchmarks.prompts.command",
    "retrieval": "benchmarks.learning.retrieval",
    "evidence": "benchmarks.learning.evidence",
    "vs": "benchmarks.versus",
}


def main() -> int:
    """Prints a table of figures beside their targets; 1 when one is missed."""
    if sys.argv[1:] and (module := OWN_OPTIONS.get(sys.argv[1])):
        own: Callable[[list[str]], int] = import_module(module).main
        return own(sys.argv[2:])
    options = argparse.ArgumentParser("python -m benchmarks", description=__doc__)
    options.add_argument(
        "names", nargs="*", metavar="NAME", help=", ".join((*PROGRAMS, *OWN_OPTIONS))
    )
    options.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    chosen = options.parse_args()
    for name in chosen.names:
        if name not in PROGRAMS:
            known = (*PROGRAMS, *OWN_OPTIONS)
            close = get_close_matches(name, known, n=1) or [", ".join(known)]
            print(f"unknown benchmark {name!r}: did you mean {close[0]}?", file=sys.stderr)
            return 2
    console = Console()
    measured: list[Measured] = []
    for name in chosen.names or QUICK:
        with console.status(name):
            measured += run(name)
        if chosen.json:  # after each program: those still to come may take hours
            write_json(measured, chosen.json)
    console.print(table(measured))
    return 1 if any(one.figure.met is False for one in measured) else 0


def run(name: str) -> list[Measured]:
    """The figures of one program."""
    command = [sys.executable, "-W", "ignore", "-m", PROGRAMS[name]]
    loop = calibration()
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, env=os.environ, check=True)
    return [Measured(figure, name, loop) for figure in collected(done.stdout)]


if __name__ == "__main__":
    sys.exit(main())
