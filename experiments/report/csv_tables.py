"""The figures of a run as tidy tables: one for every chart, and one CSV file each."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import get_args

from experiments.report.call_totals import CallTotals
from experiments.report.markup import csv_cell
from experiments.report.paper_tables import PaperLine
from experiments.report.report_data import PlayedRun, Row
from experiments.statistics.episodes import Episode
from experiments.statistics.figures import PhaseFigures
from experiments.statistics.metrics import METRICS, Metrics
from nodes.catalogue.grounding import Found
from stores import MEMORIES


def csv_text(rows: Sequence[Row]) -> str:
    """The text of a CSV file; no cell of it is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = list(dict.fromkeys(key for row in rows for key in row))
    writer.writerow(columns)
    writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
    return out.getvalue()


def csv_tables(
    run: PlayedRun, calls: Sequence[CallTotals], episodes: Iterable[Episode]
) -> dict[str, list[Row]]:
    """All tables by name; those without rows get no file."""
    made = {
        "comparison": _comparison(run),
        "paired": _paired(run),
        "learning": _learning(run),
        "baselines": _baselines(run),
        "survival": _survival(run),
        "groups": _groups(run),
        "window": _window(run),
        "critic": _critic(run),
        "critic-estimators": _estimators(run),
        "memory": _memory(run),
        "grounding": _grounding(run),
        "cost": _cost(run, calls),
        "episodes": _episodes(episodes),
    }
    return {name: list(rows) for name, rows in made.items()}


def windows(run: PlayedRun) -> dict[str, int]:
    """The window of the quit rule of each variant; empty unless variants differ in it."""
    rule = run.file.world.rule
    usual = rule.window if rule else None
    found = {name: one.changes.get("window", usual) for name, one in run.variants.items()}
    known = {name: window for name, window in found.items() if isinstance(window, int)}
    return known if len(set(found.values())) > 1 else {}


def _played(run: PlayedRun) -> Iterator[tuple[Row, PhaseFigures]]:
    for phase in run.phases:
        for name, figures in run.figures(phase).items():
            yield {"phase": phase, "variant": name}, figures


def _comparison(run: PlayedRun) -> Iterator[Row]:
    """Every variant in every phase, and what the paper printed for its method."""
    for named, figures in _played(run):
        variant = run.variants[named["variant"]]
        deviations = vars(figures.seed_spread) if figures.seed_spread else {}
        yield {
            **named,
            "changes": json.dumps(variant.changes),
            **{key: getattr(variant, key) for key in ("kind", "method", "model")},
            **{key: getattr(figures, key) for key in ("episodes", "errors", "users")},
            **_metrics(figures),
            **{f"{metric}_seed_sd": deviations.get(metric) for metric in METRICS},
            **_metrics(figures.without_last, "without_last_"),
            **{f"ended_{end}": count for end, count in figures.ends.items()},
            **_printed(run.paper_line(variant.name, named["phase"])),
        }


def _learning(run: PlayedRun) -> Iterator[Row]:
    """Each batch of training."""
    for name, found in run.found.items():
        for point in found.learning:
            counts = {"batch": point.batch, "episodes": point.episodes}
            yield {"variant": name, **counts, **_metrics(point)}


def _baselines(run: PlayedRun) -> Iterator[Row]:
    """How long training users stayed after so much data, over the seeds of each baseline."""
    for name, found in run.found.items():
        by_data = defaultdict[int, list[float]](list)
        for data, length in chain.from_iterable(curve.curve for curve in found.curves):
            by_data[data].append(length)
        for data, lengths in sorted(by_data.items()):
            yield {
                "variant": name,
                "data": data,
                "seeds": len(lengths),
                "mean": sum(lengths) / len(lengths),
                "low": min(lengths),
                "high": max(lengths),
            }


def _survival(run: PlayedRun) -> Iterator[Row]:
    """The share of sessions still going after each round, and of those that left, by cause."""
    for named, figures in _played(run):
        for point in figures.survival:
            yield {**named, **point}


def _paired(run: PlayedRun) -> Iterator[Row]:
    """Differences between variants on the same sessions, a minus b."""
    for pair in run.summary.paired if run.summary else ():
        named = {"phase": pair.phase, "a": pair.a, "b": pair.b, "pairs": pair.pairs}
        yield {**named, **_metrics(pair)}


def _groups(run: PlayedRun) -> Iterator[Row]:
    """The share of recommendations from each fifth of the items, the most popular first."""
    for named, figures in _played(run):
        for group, share in enumerate(figures.groups or (), start=1):
            yield {**named, "group": group, "share": share}


def _critic(run: PlayedRun) -> Iterator[Row]:
    """Every estimate of the Critic and every return that was played out, by state."""
    critic = run.summary.critic if run.summary else None
    for state in critic.states if critic else ():
        for what, values in (
            ("estimate", state.estimates),
            ("reply", state.replies),
            ("recalled", state.recalled),
            ("return", state.returns),
        ):
            for value in values:
                yield {"user": state.user, "round": state.round, "what": what, "value": value}


def _estimators(run: PlayedRun) -> Iterator[Row]:
    """The bias and mean squared error of each way to value a state."""
    critic = run.summary.critic if run.summary else None
    for figures in critic.estimators if critic else ():
        yield {**vars(figures), "reference_variance": critic.reference_variance if critic else None}


def _window(run: PlayedRun) -> Iterator[Row]:
    """Metrics against the window of the quit rule."""
    by_variant = windows(run)
    for named, figures in _played(run):
        window, variant = by_variant.get(named["variant"]), run.variants[named["variant"]]
        if window is not None and named["phase"] in run.evaluated:
            method = {"method": variant.method, "model": variant.model}
            yield {**named, "window": window, **method, **_metrics(figures)}


def _memory(run: PlayedRun) -> Iterator[Row]:
    """How memories grew in training, and how often retrievals found something."""
    for name, found in run.found.items():
        for point in found.growth:
            for kind in MEMORIES:
                named = {"phase": "train", "variant": name, "memory": kind, "batch": point.batch}
                yield {**named, "rows": getattr(point, kind)}
    for named, figures in _played(run):
        for kind, use in (figures.memory or {}).items():
            yield {**named, "memory": kind, **vars(use)}


def _grounding(run: PlayedRun) -> Iterator[Row]:
    """How replies became items, and how varied these were."""
    for named, figures in _played(run):
        distinct = vars(figures.distinct_items.per_episode)
        yield {
            **named,
            **{kind: (figures.found or {}).get(kind) for kind in get_args(Found)},
            "repeats_per_episode": figures.repeats,
            **{f"distinct_per_episode_{end}": value for end, value in distinct.items()},
            "distinct_overall": figures.distinct_items.overall,
        }


def _cost(run: PlayedRun, calls: Sequence[CallTotals]) -> Iterator[Row]:
    """What was really paid for by role, then what each variant's episodes used."""
    for call in calls:
        counts = ("role", "model", "calls", "input", "output", "cached", "estimated")
        yield {
            "what": "calls paid for",
            **{name: getattr(call, name) for name in counts},
            "seconds_median": call.quantile(0.5),
            "seconds_p95": call.quantile(0.95),
            "usd": call.money(run.file.prices),
        }
    for named, figures in _played(run):
        model = run.variants[named["variant"]].model
        for role, use in (figures.usage or {}).items():
            what = {"what": "used by episodes", **named}
            yield {**what, "role": role, "model": model, **vars(use)}
    for named, figures in _played(run):
        if model := run.variants[named["variant"]].model:
            yield {"what": "money of episodes", **named, "usd": figures.money, "model": model}


def _episodes(episodes: Iterable[Episode]) -> Iterator[Row]:
    for episode in episodes:
        names = ("variant", "seed", "phase", "number", "batch", "user")
        yield {
            **{name: getattr(episode, name) for name in names},
            "len": episode.rounds,
            "r_each": round(episode.r_traj / episode.rounds, 4) if episode.rounds else None,
            "r_traj": episode.r_traj,
            "end": episode.end,
            "error": episode.error,
        }


def _metrics(of: Metrics, before: str = "") -> Row:
    """The three metrics with the ends of their intervals, a column each."""
    return {
        f"{before}{name}_{end}": value
        for name, estimate in of.by_name().items()
        for end, value in vars(estimate).items()
    }


def _printed(line: PaperLine | None) -> Row:
    if line is None:
        return {}
    found: Row = {"paper": line.label}
    for metric, figure in line.metrics.items():
        found |= {f"paper_{metric}": figure.mean, f"paper_{metric}_spread": figure.spread}
    return found
