"""How sessions went: in training batch by batch, how long they last, and why they end."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.data import CAUSES
from experiments.report.figure import Figure, line_key, part_key
from experiments.report.material import (
    METRICS,
    NARROW,
    PANEL,
    PHASES,
    WIDE,
    Material,
    Section,
    heading,
    paragraph,
    variants_of,
)
from experiments.report.svg import STEP
from experiments.report.tables import (
    count,
    folded,
    table,
)
from experiments.report.text import Html, joined

ENDS: Mapping[str, str] = {
    "alive": "still there",
    "similar": "left: too similar",
    "disliked": "left: disliked",
    "repeated": "left: shown before",
}
END_STEPS: Mapping[str, int] = {"alive": 10, "similar": 11, "disliked": 12, "repeated": 13}
OTHER_STEP = 14

MOST_LINES = 12  # that can be told apart in one chart; each variant has its own chart besides


def learning(material: Material) -> Section | None:
    """The metrics by batch of training."""
    rows = material.rows("learning")
    if not rows:
        return None
    names = variants_of(rows)
    panels = []
    for name, label in METRICS.items():
        points = [
            {
                "series": row["variant"],
                "batch": row["batch"],
                **{end: row.get(f"{name}_{end}") for end in ("mean", "low", "high")},
                "tip": tip(f"{row['variant']}, batch {row['batch']}: {row[f'{name}_mean']:.2f}"),
            }
            for row in rows
            if row.get(f"{name}_mean") is not None
        ]
        x, y = Axis("batch", "batch of training", format=charts.WHOLE), Axis("mean", "")
        panels.append(charts.lines(points, material.looks, x, y, Frame(PANEL, 230, label)))
    drawn = Figure(
        "learning",
        "Means of the training episodes of each batch",
        f"{charts.bands(names)}Users differ from batch to batch.",
        panels,
        key=line_key(names, material.looks),
    )
    text = paragraph("Memories are committed after each batch; the next batch plays with them.")
    return Section("learning", "Learning", joined([text, material.figure(drawn, "learning")]))


def survival(material: Material) -> Section | None:
    """The share of sessions that last, and why the others ended."""
    phases = [p for p in material.run.evaluated if material.rows("survival", phase=p)]
    if not phases:
        return None
    parts = [part for phase in phases for part in _survival_of(material, phase)]
    return Section("sessions", "How sessions end", joined(parts))


def _survival_of(material: Material, phase: str) -> list[object]:
    rows = material.rows("survival", phase=phase)
    names = variants_of(rows)
    staircases = [
        {"series": name, "round": row["round"], "alive": row["alive"]}
        for name in names
        for row in _through(rows, name)
    ]
    x, y = Axis("round", "round", format=charts.WHOLE), Axis("alive", "", (0, 1), "%")
    drawn = Figure(
        f"survival-{phase}",
        "Share of sessions still going after each round",
        "Every session starts at 100 %.",
        [charts.steps(staircases, material.looks, x, y, Frame(WIDE, 300))],
        [charts.steps(staircases, material.looks, x, y, Frame(NARROW, 260))],
        line_key(names, material.looks),
    )
    return [
        heading(PHASES[phase]),
        material.figure(drawn, "survival") if len(names) <= MOST_LINES else "",
        material.figure(_causes(phase, rows, names), "survival"),
        _ends(material, phase),
    ]


def _through(rows: Sequence[Mapping[str, Any]], name: str) -> list[Mapping[str, Any]]:
    """What a variant's rows say from the start to the end of its last round."""
    after = [row for row in rows if row["variant"] == name]
    return [{"round": 0, "alive": 1.0}, *after, {**after[-1], "round": after[-1]["round"] + 1}]


def _causes(phase: str, rows: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Figure:
    known = {**ENDS, **{end: f"left: {end}" for end in _other_ends(rows)}}
    met = [end for end in known if any(row.get(end) for row in rows)]
    steps = {end: END_STEPS.get(end, OTHER_STEP) for end in met}
    panels = []
    for name in names:
        points = [
            {"part": known[end], "order": order, "round": row["round"], "share": row.get(end) or 0}
            for row in _through(rows, name)
            for order, end in enumerate(met)
        ]
        parts = {known[end]: STEP.format(steps[end]) for end in met}
        x, y = Axis("round", "", format=charts.WHOLE), Axis("share", "", (0, 1), "%")
        panels.append(charts.areas(points, parts, x, y, Frame(PANEL, 170, name)))
    return Figure(
        f"causes-{phase}",
        "Why sessions ended, by round",
        "The shares of all sessions; the lowest part are those still going.",
        panels,
        key=part_key({known[end]: f"fill-step-{steps[end]}" for end in met}),
    )


def _other_ends(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Causes that this page has no words for."""
    named = {"phase", "variant", "round", *ENDS}
    return sorted({key for row in rows for key in row} - named)


def _ends(material: Material, phase: str) -> Html:
    played = material.run.played(phase)
    known = [*CAUSES, "stayed"]
    more = sorted({end for figures in played.values() for end in figures.get("ends") or ()})
    ends = [end for end in [*known, *more] if any(_end(f, end) for f in played.values())]
    ends = list(dict.fromkeys(ends))
    rows: list[list[object]] = [
        [material.named(name), *(count(_end(figures, end) or 0) for end in ends)]
        for name, figures in played.items()
    ]
    labels = {"stayed": "stayed to the cap"} | {end: ENDS[end] for end in CAUSES}
    heads = ["Variant", *(labels.get(end, end) for end in ends)]
    return folded(
        "Numbers of sessions by end", table(f"{PHASES[phase]}: ends of sessions", heads, rows)
    )


def _end(figures: Mapping[str, Any], end: str) -> Any:
    return (figures.get("ends") or {}).get(end)
