"""A world of the paper's Steam size: made from a synthetic log, then stepped in batches.

It builds for minutes, so `make bench` leaves it out: `python -m benchmarks paper_world`.
"""

import gzip
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.figures import Figure, report

USERS, ITEMS, RATINGS = 190_365, 6_012, 2_600_000
GENRES = 20


def write_log(folder: Path) -> None:
    """A log in the raw layout of UCSD's Steam files, with a long tail of items."""
    rng = np.random.default_rng(0)
    weights = 1.0 / (np.arange(ITEMS) + 20.0)
    items = rng.choice(ITEMS, RATINGS, p=weights / weights.sum())
    users = rng.permutation(np.arange(RATINGS) % USERS)
    hours = np.where((users + items) % 3 > 0, 30.0, 1.0) * rng.random(RATINGS)
    days = rng.integers(1, 29, RATINGS)
    with gzip.open(folder / "steam_reviews.json.gz", "wt", compresslevel=1) as file:
        for user, item, played, day in zip(users, items, hours, days, strict=True):
            file.write(
                f"{{u'username': u'user{user}', u'product_id': u'{item}', "
                f"u'hours': {played:.1f}, u'date': u'2017-03-{day:02d}'}}\n"
            )
    with gzip.open(folder / "steam_games.json.gz", "wt", compresslevel=1) as file:
        for item in range(ITEMS):
            genres = [f"Genre {item % GENRES}", f"Genre {(item // 7) % GENRES}"]
            file.write(f"{{u'id': u'{item}', u'title': u'Game {item}', u'genres': {genres}}}\n")


def measured(function: str, *arguments: str) -> tuple[float, float, str]:
    """Wall seconds, peak gigabytes and output of a function of this module in a fresh process."""
    began = time.monotonic()
    program = (
        "import resource, sys; from benchmarks.catalogues import paper_world as p;"
        f"p.{function}(*sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments], stdout=subprocess.PIPE, text=True, check=True
    )
    *printed, peak = done.stdout.split()
    return time.monotonic() - began, float(peak) / 1e6, " ".join(printed)


def build(source: str, out: str) -> None:
    """Raw files to a finished world."""
    from simulator.building.make import make_world

    make_world("steam", Path(source), Path(out))


def step(folder: str) -> None:
    """Random items for many users at once; prints steps per CPU-second."""
    from benchmarks.catalogues.worlds import pace
    from simulator import load_world

    print(pace(load_world(folder)))


def main() -> None:
    """Writes the log, builds, loads and steps."""
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "raw", Path(name) / "world"
        source.mkdir()
        write_log(source)
        wall, peak, _ = measured("build", str(source), str(out))
        _, used, speed = measured("step", str(out))
    report(
        [
            Figure("building a world of 190,365 users", wall / 60, "min", 15.0),
            Figure("peak memory of building it", peak, "GB", 4.0),
            Figure("peak memory of using it", used, "GB", 1.0),
            Figure("CPU of a million environment steps", 1e6 / float(speed), "s", 2.0),
        ]
    )


if __name__ == "__main__":
    main()
