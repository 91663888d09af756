"""What learning left behind: memories, and the Critic's judgement."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.figure import Figure, line_key
from experiments.report.material import (
    NARROW,
    PANEL,
    WIDE,
    Material,
    Section,
    heading,
    paragraph,
    variants_of,
)
from experiments.report.palette import Look
from experiments.report.tables import Words, count, number, percent, signed, table
from experiments.report.text import Html, joined, tag
from stores import MEMORIES

RETURNS_LOOK = Look(6, 0)
CRITIC_NAMES = {"estimate": "the Critic's estimates", "return": "returns played out"}


def memory(material: Material) -> Section | None:
    """How memories grew, and what asking them gave."""
    grown = [row for row in material.rows("memory") if row.get("rows") is not None]
    asked = [row for row in material.rows("memory") if row.get("asked") is not None]
    if not grown and not asked:
        return None
    parts = [material.figure(_growth(material, grown), "memory")] if grown else []
    parts += [_hits(material, asked)] if asked else []
    return Section("memories", "Memories", joined(parts))


def _growth(material: Material, rows: list[dict[str, Any]]) -> Figure:
    panels = []
    for kind in MEMORIES:
        points = [
            {
                "series": row["variant"],
                "batch": row["batch"],
                "rows": row["rows"],
                "tip": tip(f"{row['variant']}, batch {row['batch']}: {row['rows']:,.0f} rows"),
            }
            for row in rows
            if row["memory"] == kind
        ]
        x, y = Axis("batch", "batch of training", format=charts.WHOLE), Axis("rows", "")
        frame = Frame(PANEL, 200, kind.capitalize())
        panels.append(charts.lines(points, material.looks, x, y, frame))
    return Figure(
        "memory",
        "Rows in each memory after each batch",
        "Means over seeds.",
        panels,
        key=line_key(variants_of(rows), material.looks),
    )


def _hits(material: Material, rows: list[dict[str, Any]]) -> Html:
    cells: list[list[object]] = [
        [
            material.named(row["variant"]),
            Words(row["phase"]),
            Words(row["memory"]),
            count(row.get("asked")),
            percent(row.get("hit")),
            number(row.get("distance"), 3),
        ]
        for row in rows
    ]
    heads = ["Variant", "Phase", "Memory", "Asked", "Found something", "Nearest, mean distance"]
    link = tag("p", material.link("memory"), class_="data")
    found = table("How often asking found something", heads, cells)
    return joined([heading("Retrieval"), found, link])


def critic(material: Material) -> Section | None:
    """The Critic's estimates of some states against returns played out from them."""
    study: Mapping[str, Any] = material.run.summary.get("critic") or {}
    states = study.get("states") or []
    if not states:
        return None
    gamma = study.get("gamma")
    intro = (
        f"For each state the Critic of {study.get('variant')} was asked again and again, and "
        f"sessions were played on from it, their ratings added up with discount {gamma}. A small "
        "bias with little spread is what a Critic is for."
    )
    look = material.looks.get(str(study.get("variant")), Look(0, 0))
    parts = [paragraph(intro), material.figure(_spreads(states, look), "critic"), _states(states)]
    return Section("critic", "The Critic against played-out returns", joined(parts))


def _spreads(states: list[dict[str, Any]], look: Look) -> Figure:
    rows = [
        row
        for at, state in enumerate(states, start=1)
        for row in (
            _span(at, "estimate", state.get("estimates") or ()),
            _span(at, "return", state.get("returns") or ()),
        )
        if row
    ]
    looks = {CRITIC_NAMES["estimate"]: look, CRITIC_NAMES["return"]: RETURNS_LOOK}
    x, y = Axis("state", "state"), Axis("mean", "value")
    return Figure(
        "critic",
        "Estimates and returns by state",
        "Thin: 5 % to 95 % of the draws; thick: the middle half; dot: the mean.",
        [charts.spans(rows, looks, x, y, Frame(WIDE, 300))],
        [charts.spans(rows, looks, x, y, Frame(NARROW, 280))],
        line_key(list(looks), looks),
    )


def _span(at: int, what: str, draws: Any) -> dict[str, Any] | None:
    if not len(draws):
        return None
    low, lower, upper, high = (float(q) for q in np.quantile(draws, (0.05, 0.25, 0.75, 0.95)))
    mean = float(np.mean(draws))
    return {
        "series": CRITIC_NAMES[what],
        "state": str(at),
        "mean": mean,
        "low": low,
        "high": high,
        "lower": lower,
        "upper": upper,
        "tip": tip(f"state {at}, {CRITIC_NAMES[what]}: mean {mean:.2f} of {len(draws)}"),
    }


def _states(states: list[dict[str, Any]]) -> Html:
    cells: list[list[object]] = [
        [
            str(at),
            count(state.get("user")),
            count(state.get("round")),
            number(state.get("estimate_mean")),
            number(_square(state.get("estimate_sd")), 3),
            number(state.get("return_mean")),
            number(_square(state.get("return_sd")), 3),
            signed(state["bias"]) if state.get("bias") is not None else None,
        ]
        for at, state in enumerate(states, start=1)
    ]
    heads = ["State", "User", "Round", "Estimate, mean", "its variance"]
    heads += ["Return, mean", "its variance", "Bias"]
    return table("Bias and variance by state", heads, cells)


def _square(spread: float | None) -> float | None:
    return None if spread is None else spread**2
