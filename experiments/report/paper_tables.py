"""The paper's own figures (its Tables 3, 5 and 6), to stand beside those of a run."""

import csv
import re
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from experiments.report.markup import ASSETS
from experiments.runs.variants import Variant
from experiments.statistics.metrics import METRICS, MetricName

WINDOW = 4
OTHER_MODELS = {
    "gpt-4": re.compile(r"\bgpt-4(-32k)?(-\d{4})?$"),
    "llama-2": re.compile(r"\bllama-2-7b\b"),
}


class Published(NamedTuple):
    """A printed mean and what follows its ± sign."""

    mean: float
    spread: float


class PaperLine(NamedTuple):
    """A line of a table of the paper."""

    label: str
    metrics: Mapping[MetricName, Published]


@cache
def paper_tables() -> Mapping[str, Mapping[str, PaperLine]]:
    """Every line by world and method; the method names another base model where it has one."""
    worlds: dict[str, dict[str, PaperLine]] = {}
    with (ASSETS / "paper_tables.csv").open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            metrics = {m: Published(float(row[m]), float(row[f"{m}_spread"])) for m in METRICS}
            worlds.setdefault(row["world"], {})[row["method"]] = PaperLine(row["label"], metrics)
    return worlds


def published(world: str, variant: Variant) -> PaperLine | None:
    """The paper's line for a variant's method and model in the world of that name."""
    lines = paper_tables().get(world)
    if lines is None or variant.changes.get("window", WINDOW) != WINDOW:
        return None
    method, model = variant.method, str(variant.model).lower()
    for other, named in OTHER_MODELS.items():
        if named.search(model) and f"{method} {other}" in lines:
            return lines[f"{method} {other}"]
    return lines.get(method)
