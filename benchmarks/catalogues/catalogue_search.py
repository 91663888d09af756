"""How often the catalogue search finds what a recorded plan meant, without and with keywords.

BILLP_RECORDED names a folder with catalogues/NAME.jsonl.gz (title, genres) and with sessions in
transcripts/NAME_*.jsonl.gz (thought, action and grounded title a step); none, no figure.
"""

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import Figure, report
from home_folder import home
from nodes import CatalogueSearch
from nodes.catalogue.grounding import normalised
from nodes.parsing.action import parse_action
from nodes.parsing.query import said_to_show
from simulator import Catalogue
from stores import SentenceEmbedder

LOGS = {"steam": "steam", "amazon": "amazon-book"}  # transcripts by their catalogues
RESAMPLES = 2000


@dataclass(frozen=True)
class Looked:
    """A step of a session: what was thought, what was meant, and what had been shown before."""

    session: int
    thought: str
    meant: int
    shown: tuple[int, ...]


def main() -> None:
    """Recall of the meant item among the results, for both logs and both kinds of queries."""
    folder = os.environ.get("BILLP_RECORDED")
    if not folder:
        return
    embedder = SentenceEmbedder()
    for log, catalogue_name in LOGS.items():
        rows = records(Path(folder) / "catalogues" / f"{catalogue_name}.jsonl.gz")
        catalogue = Catalogue.of((row["title"], row["genres"]) for row in rows)
        steps = list(looked(Path(folder), log, catalogue))
        plain, both = (
            CatalogueSearch(catalogue, embedder, vector_cache=home() / "vectors", keywords=keywords)
            for keywords in (False, True)
        )
        for kind, queries in {
            "thoughts": [step.thought for step in steps],
            "plans": [said_to_show(step.thought) for step in steps],
        }.items():
            compare(f"{log}, {kind}", steps, queries, plain, both)


def compare(
    name: str,
    steps: list[Looked],
    queries: list[str],
    plain: CatalogueSearch,
    both: CatalogueSearch,
) -> None:
    """Reports recall by meaning, by meaning and words, and the difference with its interval."""
    found = [hits(steps, queries, plain), hits(steps, queries, both)]
    low, high = interval(found[1] - found[0], np.array([step.session for step in steps]))
    report(
        [
            Figure(f"recall, {name} ({len(steps)} steps): meaning", 100 * found[0].mean(), "%"),
            Figure(f"recall, {name}: meaning and words", 100 * found[1].mean(), "%"),
            Figure(f"difference, {name}: 2.5 % of resamples below", 100 * low, "points"),
            Figure(f"difference, {name}: 2.5 % of resamples above", 100 * high, "points"),
        ]
    )


def hits(steps: list[Looked], queries: list[str], search: CatalogueSearch) -> NDArray[np.float64]:
    """1 where the meant item is among the results of a step's query."""
    pairs = zip(steps, queries, strict=True)
    return np.array([float(one.meant in search.search(query, one.shown)) for one, query in pairs])


def interval(differences: NDArray[np.float64], sessions: NDArray[np.int64]) -> tuple[float, float]:
    """A bootstrap interval of the mean difference, by sessions."""
    names, places = np.unique(sessions, return_inverse=True)
    sums = np.bincount(places, differences)
    counts = np.bincount(places)
    drawn = np.random.default_rng(0).integers(len(names), size=(RESAMPLES, len(names)))
    means = sums[drawn].sum(axis=1) / counts[drawn].sum(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def looked(folder: Path, log: str, catalogue: Catalogue) -> Iterator[Looked]:
    """The steps whose meant item is in the catalogue and had not been shown."""
    items = {normalised(title): item for item, title in enumerate(catalogue.titles)}
    files = sorted((folder / "transcripts").glob(f"{log}_*.jsonl.gz"))
    sessions = (session for file in files for session in records(file))
    for number, session in enumerate(sessions):
        shown: tuple[int, ...] = ()
        for step in session["steps"]:
            title = step["grounded"] or parse_action(step["action"])
            meant = items.get(normalised(title))
            if meant is None:
                continue
            if meant not in shown:
                yield Looked(number, step["thought"], meant, shown)
            shown = (*shown, meant)


def records(path: Path) -> list[dict[str, Any]]:
    """The records of a compressed file of JSON lines."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


if __name__ == "__main__":
    main()
