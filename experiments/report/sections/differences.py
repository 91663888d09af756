"""Differences between variants on the same sessions, and figures against the quit rule."""

from collections.abc import Mapping
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.figure import Figure, line_key
from experiments.report.material import (
    METRICS,
    NARROW,
    PANEL,
    PHASES,
    WIDE,
    Material,
    Section,
    heading,
    metric,
    paragraph,
    variants_of,
)
from experiments.report.palette import Look, family
from experiments.report.tables import count, estimate, folded, interval, signed, table
from experiments.report.text import Html, joined

MOST_PAIRS, MOST_DRAWN = 18, 60  # the table has all


def paired(material: Material) -> Section | None:
    """A forest plot and a table for each phase that is judged by."""
    phases = [p for p in material.run.evaluated if material.rows("paired", phase=p)]
    if not phases:
        return None
    intro = (
        "Sessions differ far more than variants do, so variants are compared on the same seed, "
        "user and number: a minus b. A hollow dot marks an interval that includes zero. The "
        "intervals are 95 % each, not corrected for the number of comparisons."
    )
    parts = [part for phase in phases for part in _pairs_of(material, phase)]
    return Section("paired", "Paired differences", joined([paragraph(intro), *parts]))


def _pairs_of(material: Material, phase: str) -> list[Html]:
    rows = material.rows("paired", phase=phase)
    lines: list[list[object]] = [
        [f"{row['a']} \u2212 {row['b']}", count(row.get("pairs"))]
        + [estimate(_parts(row, name), difference=True) for name in METRICS]
        for row in rows
    ]
    caption = f"{PHASES[phase]}: mean differences"
    shown = table(caption, ["Pair", "Pairs", *map(metric, METRICS)], lines)
    return [
        heading(PHASES[phase]),
        material.figure(_forest(material, phase, rows), "paired"),
        shown if len(rows) <= MOST_PAIRS else folded(f"All {len(rows)} differences", shown),
    ]


def _forest(material: Material, phase: str, rows: list[dict[str, Any]]) -> Figure:
    drawn, note = _drawn_pairs(material, rows)
    labels = [f"{row['a']} \u2212 {row['b']}" for row in drawn]
    width = (WIDE - charts.room_for(labels) - 90) // len(METRICS)
    high = 24 * len(labels) + 10

    def panel(name: str, frame: Frame, named: bool) -> charts.Chart:
        points = [
            _difference(row, name, label)
            for row, label in zip(drawn, labels, strict=True)
            if row.get(f"{name}_mean") is not None
        ]
        return charts.dots(points, material.looks, Axis("difference", ""), frame, named)

    wide = [
        panel(name, Frame(width, high, label, beside=True), at == 0)
        for at, (name, label) in enumerate(METRICS.items())
    ]
    narrow = [panel(n, Frame(NARROW, high + 66, label), True) for n, label in METRICS.items()]
    summary = f"Colours are those of the first of a pair.{note}"
    return Figure(
        f"paired-{phase}", "Differences with 95 % intervals", summary, [charts.beside(wide)], narrow
    )


def _drawn_pairs(
    material: Material, rows: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], str]:
    """All pairs while they fit, else those of one method and the others under one rule."""
    if len(rows) <= MOST_PAIRS:
        return rows, ""
    variants = material.run.variants
    methods = {name: str(variant.get("method")) for name, variant in variants.items()}
    centre = "billp" if "billp" in methods.values() else methods[rows[0]["a"]]
    turned = [row if methods[row["a"]] == centre else _turned(row) for row in rows]
    alike = [
        row
        for row in turned
        if methods[row["a"]] == centre
        and variants[row["a"]].get("changes") == variants[row["b"]].get("changes")
    ]
    kept = (alike or turned)[:MOST_DRAWN]
    return kept, f" Only pairs with {centre} are drawn; the table has all {len(rows)}."


def _turned(row: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {**row, "a": row["b"], "b": row["a"]}
    for name in METRICS:
        mean, low, high = (row.get(f"{name}_{end}") for end in ("mean", "low", "high"))
        found |= {f"{name}_mean": _minus(mean), f"{name}_low": _minus(high)}
        found |= {f"{name}_high": _minus(low)}
    return found


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _parts(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    return {end: row.get(f"{name}_{end}") for end in ("mean", "low", "high")}


def _difference(row: Mapping[str, Any], name: str, label: str) -> dict[str, Any]:
    mean, low, high = (row.get(f"{name}_{end}") for end in ("mean", "low", "high"))
    unsure = low is None or high is None or low <= 0 <= high
    return {
        "series": label,
        "look": row["a"],
        "difference": mean,
        "low": mean if low is None else low,
        "high": mean if high is None else high,
        "open": unsure,
        "tip": tip(f"{label}: {METRICS[name]} {signed(mean)} ({interval(low, high)})"),
    }


def window(material: Material) -> Section | None:
    """Each metric against the number of recent items that a new one must not resemble."""
    rows = material.rows("window")
    if not rows:
        return None
    intro = (
        "Users leave over an item too like one of the last W that they were shown. The larger W, "
        "the longer they remember."
    )
    parts = [_sweep(material, phase) for phase in material.run.evaluated]
    return Section("window", "Window of the quit rule", joined([paragraph(intro), *parts]))


def _sweep(material: Material, phase: str) -> Html:
    rows = material.rows("window", phase=phase)
    lines = _families(material, variants_of(rows))
    looks = _looks(material, lines)
    panels = []
    for name, label in METRICS.items():
        points = [
            {
                "series": lines[row["variant"]],
                "at": row["window"],
                **_parts(row, name),
                "tip": tip(f"{row['variant']}: W {row['window']}, {row[f'{name}_mean']:.2f}"),
            }
            for row in rows
            if row.get(f"{name}_mean") is not None
        ]
        frame = Frame(PANEL, 220, label)
        panels.append(
            charts.lines(
                points, looks, Axis("at", "W", format=charts.WHOLE), Axis("mean", ""), frame
            )
        )
    drawn = Figure(
        f"window-{phase}",
        f"{PHASES[phase]}: figures by window",
        charts.bands(list(looks)),
        panels,
        key=line_key(list(looks), looks),
    )
    cells: list[list[object]] = [
        [material.named(row["variant"]), count(row["window"])]
        + [estimate(_parts(row, name)) for name in METRICS]
        for row in rows
    ]
    caption = f"{PHASES[phase]}: figures by window"
    heads = ["Variant", "W", *map(metric, METRICS)]
    shown = folded("Figures by window", table(caption, heads, cells))
    return joined([material.figure(drawn, "window"), shown])


def _families(material: Material, names: list[str]) -> dict[str, str]:
    """The line that a variant is a point of, called by its method, or by its first variant."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(family(material.run.variants[name]), name)
    methods = [str(material.run.variants[name].get("method")) for name in first.values()]
    found = {}
    for name in names:
        head = first[family(material.run.variants[name])]
        method = str(material.run.variants[head].get("method"))
        found[name] = method if methods.count(method) == 1 else head
    return found


def _looks(material: Material, lines: Mapping[str, str]) -> dict[str, Look]:
    found: dict[str, Look] = {}
    for variant, line in lines.items():
        found.setdefault(line, material.looks[variant])
    return found
