"""The figures of a run as tidy tables: one for every chart, and one CSV file each."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.report.chat_calls import Calls
from experiments.report.episodes import Episode
from experiments.report.paper import published
from experiments.report.source import Source
from stores import MEMORIES

METRICS = ("len", "r_each", "r_traj")
CAUSES = ("similar", "disliked", "repeated")
FOUND = ("exact", "normalised", "fuzzy", "nearest")
ESTIMATE = ("mean", "low", "high")


class Table(NamedTuple):
    """Rows by column name; what a row does not say is empty."""

    name: str
    columns: Sequence[str]
    rows: list[dict[str, Any]]


def comparison(run: Source) -> Table:
    """Every variant in every phase, and what the paper printed for its method."""
    rows = []
    for phase in run.phases:
        for name, figures in run.played(phase).items():
            variant = run.variants[name]
            rows.append(
                {"phase": phase, "variant": name, "changes": json.dumps(variant.get("changes", {}))}
                | {key: variant.get(key) for key in ("kind", "method", "model")}
                | {key: figures.get(key) for key in ("episodes", "errors", "users")}
                | spread(figures)
                | {f"{m}_seed_sd": (figures.get("seed_spread") or {}).get(m) for m in METRICS}
                | spread(figures.get("without_last") or {}, "without_last_")
                | {f"ended_{end}": count for end, count in (figures.get("ends") or {}).items()}
                | _printed(run, variant, phase)
            )
    return Table("comparison", _columns(rows), rows)


def learning(run: Source) -> Table:
    """Each batch of training."""
    rows = [
        {"variant": name, "batch": batch["batch"], "episodes": batch.get("episodes")}
        | spread(batch)
        for name, variant in run.variants.items()
        for batch in variant.get("learning") or ()
    ]
    return Table("learning", _columns(rows), rows)


def baselines(run: Source) -> Table:
    """How long training users stayed after so much data, over the seeds of each baseline."""
    rows = []
    for name, variant in run.variants.items():
        lengths: dict[int, list[float]] = {}
        for curve in variant.get("curves") or ():
            for seen, length in curve["curve"]:
                lengths.setdefault(seen, []).append(length)
        rows += [
            {
                "variant": name,
                "data": seen,
                "seeds": len(found),
                "mean": sum(found) / len(found),
                "low": min(found),
                "high": max(found),
            }
            for seen, found in sorted(lengths.items())
        ]
    return Table("baselines", _columns(rows), rows)


def survival(run: Source) -> Table:
    """The share of sessions still going after each round, and of those that left, by cause."""
    rows = [
        {"phase": phase, "variant": name, **point}
        for phase in run.phases
        for name, figures in run.played(phase).items()
        for point in figures.get("survival") or ()
    ]
    return Table("survival", _columns(rows), rows)


def paired(run: Source) -> Table:
    """Differences between variants on the same sessions, a minus b."""
    rows = [
        {key: pair.get(key) for key in ("phase", "a", "b", "pairs")} | spread(pair)
        for pair in run.summary.get("paired") or ()
    ]
    return Table("paired", _columns(rows), rows)


def groups(run: Source) -> Table:
    """The share of recommendations from each fifth of the items, the most popular first."""
    rows = [
        {"phase": phase, "variant": name, "group": group, "share": share}
        for phase in run.phases
        for name, figures in run.played(phase).items()
        for group, share in enumerate(figures.get("groups") or (), start=1)
    ]
    return Table("groups", _columns(rows), rows)


def critic(run: Source) -> Table:
    """Every estimate of the Critic and every return that was played out, by state."""
    states = (run.summary.get("critic") or {}).get("states") or ()
    rows = [
        {"user": state.get("user"), "round": state.get("round"), "what": what, "value": value}
        for state in states
        for what, key in (("estimate", "estimates"), ("return", "returns"))
        for value in state.get(key) or ()
    ]
    return Table("critic", _columns(rows), rows)


def window(run: Source) -> Table:
    """Figures against the window of the quit rule; empty unless variants differ in it."""
    usual = (run.world.get("rule") or {}).get("window")
    windows = {n: (v.get("changes") or {}).get("window", usual) for n, v in run.variants.items()}
    rows = [
        {"phase": phase, "variant": name, "window": windows[name]}
        | {key: run.variants[name].get(key) for key in ("method", "model")}
        | spread(figures)
        for phase in run.evaluated
        for name, figures in run.played(phase).items()
        if isinstance(windows[name], int)
    ]
    return Table("window", _columns(rows), rows if len(set(windows.values())) > 1 else [])


def memory(run: Source) -> Table:
    """How memories grew in training, and how often asking them found something."""
    grown = [
        {"phase": "train", "variant": name, "memory": kind, "batch": batch["batch"]}
        | {"rows": batch.get(kind)}
        for name, variant in run.variants.items()
        for batch in variant.get("growth") or ()
        for kind in MEMORIES
    ]
    asked = [
        {"phase": phase, "variant": name, "memory": kind}
        | {key: use.get(key) for key in ("asked", "hit", "distance")}
        for phase in run.phases
        for name, figures in run.played(phase).items()
        for kind, use in (figures.get("memory") or {}).items()
    ]
    return Table("memory", _columns([*grown, *asked]), grown + asked)


def grounding(run: Source) -> Table:
    """How replies became items, and how varied these were."""
    rows = []
    for phase in run.phases:
        for name, figures in run.played(phase).items():
            distinct = figures.get("distinct_items") or {}
            rows.append(
                {"phase": phase, "variant": name}
                | {kind: (figures.get("found") or {}).get(kind) for kind in FOUND}
                | {"repeats_per_episode": figures.get("repeats")}
                | _estimate(distinct.get("per_episode"), "distinct_per_episode")
                | {"distinct_overall": distinct.get("overall")}
            )
    return Table("grounding", _columns(rows), rows)


def cost(run: Source, calls: Sequence[Calls]) -> Table:
    """What was really paid for by role, then what each variant's episodes used."""
    prices = run.run.get("prices") or {}
    paid = [
        {"what": "calls paid for", "role": c.role, "model": c.model, "calls": c.calls}
        | {"input": c.input, "output": c.output, "cached": c.cached, "estimated": c.estimated}
        | {"seconds_median": c.quantile(0.5), "seconds_p95": c.quantile(0.95)}
        | {"usd": c.money(prices)}
        for c in calls
    ]
    used = [
        {"what": "used by episodes", "phase": phase, "variant": name, "role": role}
        | {"model": run.variants[name].get("model")}
        | {key: use.get(key) for key in ("calls", "input", "output", "cached")}
        for phase in run.phases
        for name, figures in run.played(phase).items()
        for role, use in (figures.get("usage") or {}).items()
    ]
    money = [
        {"what": "money of episodes", "phase": phase, "variant": name, "usd": figures.get("money")}
        | {"model": run.variants[name].get("model")}
        for phase in run.phases
        for name, figures in run.played(phase).items()
        if run.variants[name].get("model")
    ]
    return Table("cost", _columns([*paid, *used, *money]), [*paid, *used, *money])


def episode_rows(episodes: Iterable[Episode]) -> Table:
    """One row an episode."""
    names = ("variant", "seed", "phase", "number", "batch", "user")
    rows = [
        {name: getattr(episode, name) for name in names}
        | {
            "len": episode.rounds,
            "r_each": round(episode.total / episode.rounds, 4) if episode.rounds else None,
            "r_traj": episode.total,
            "end": episode.end,
            "error": episode.error,
        }
        for episode in episodes
    ]
    return Table("episodes", _columns(rows[:1]), rows)


def spread(figures: Mapping[str, Any], before: str = "") -> dict[str, Any]:
    """The three metrics with the ends of their intervals, a column each."""
    found: dict[str, Any] = {}
    for metric in METRICS:
        found |= _estimate(figures.get(metric), before + metric)
    return found


def _estimate(estimate: Mapping[str, Any] | None, name: str) -> dict[str, Any]:
    return {f"{name}_{part}": (estimate or {}).get(part) for part in ESTIMATE}


def _printed(run: Source, variant: Mapping[str, Any], phase: str) -> dict[str, Any]:
    """The paper's line; it evaluated on the test half, so training has none."""
    line = published(str(run.world.get("name")), variant) if phase != "train" else None
    if line is None:
        return {}
    found: dict[str, Any] = {"paper": line.label}
    for metric, figure in zip(METRICS, line[1:], strict=True):
        found |= {f"paper_{metric}": figure.mean, f"paper_{metric}_spread": figure.spread}
    return found


def _columns(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    return list(dict.fromkeys(key for row in rows for key in row))
