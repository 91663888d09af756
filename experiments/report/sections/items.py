"""What was recommended: how popular, how it was named, how varied."""

from collections.abc import Mapping
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.data import FOUND
from experiments.report.figure import Figure, part_key
from experiments.report.material import (
    NARROW,
    PHASES,
    WIDE,
    Material,
    Section,
    paragraph,
    variants_of,
)
from experiments.report.svg import STEP
from experiments.report.tables import count, estimate, folded, number, percent, table
from experiments.report.text import Html, joined, tag

GROUPS: Mapping[int, str] = {
    1: "most popular fifth",
    2: "second",
    3: "third",
    4: "fourth",
    5: "least popular fifth",
}


def groups(material: Material) -> Section | None:
    """What was recommended, by how popular it is."""
    phases = [p for p in material.run.evaluated if material.rows("groups", phase=p)]
    if not phases:
        return None
    intro = paragraph(
        "Items are split into five groups of equal size by popularity. A method that follows "
        "the crowd recommends from the first."
    )
    parts = [_groups_of(material, phase) for phase in phases]
    return Section("popularity", "Popularity of what was recommended", joined([intro, *parts]))


def _groups_of(material: Material, phase: str) -> Html:
    rows = material.rows("groups", phase=phase)
    shares = {
        name: {GROUPS[row["group"]]: row["share"] for row in rows if row["variant"] == name}
        for name in variants_of(rows)
    }
    drawn = _bars(f"groups-{phase}", PHASES[phase], shares, list(GROUPS.values()), 0)
    heads = ["Variant", *GROUPS.values()]
    cells: list[list[object]] = [
        [material.named(name), *(percent(found.get(group)) for group in GROUPS.values())]
        for name, found in shares.items()
    ]
    caption = f"{PHASES[phase]}: shares of recommendations"
    return joined([material.figure(drawn, "groups"), folded(caption, table(caption, heads, cells))])


def _bars(
    name: str, title: str, shares: Mapping[str, Mapping[str, float]], parts: list[str], first: int
) -> Figure:
    """Bars that fill the width, in steps of one colour from `first` on."""
    rows = [
        {
            "series": series,
            "part": part,
            "order": order,
            "share": found.get(part) or 0,
            "tip": tip(f"{series}, {part}: {100 * (found.get(part) or 0):.1f} %"),
        }
        for series, found in shares.items()
        for order, part in enumerate(parts)
    ]
    colours = {part: STEP.format(first + at) for at, part in enumerate(parts)}
    x, high = Axis("share", "", (0, 1), "%"), 30 * len(shares) + 40
    return Figure(
        name,
        title,
        "Shares of all recommendations.",
        [charts.bars(rows, colours, x, Frame(WIDE, high))],
        [charts.bars(rows, colours, x, Frame(NARROW, high))],
        part_key({part: f"fill-step-{first + at}" for at, part in enumerate(parts)}),
    )


def grounding(material: Material) -> Section | None:
    """How replies became items, how varied these were, and repeats."""
    phases = [p for p in material.run.evaluated if material.rows("grounding", phase=p)]
    parts = [part for phase in phases for part in _grounding_of(material, phase)]
    if not parts:
        return None
    intro = paragraph(
        "A reply names an item; it is found by its exact title, by the title without case and "
        "punctuation, by nearly the same spelling, or as the nearest in meaning."
    )
    return Section("grounding", "Grounding and variety", joined([intro, *parts]))


def _grounding_of(material: Material, phase: str) -> list[Html]:
    rows = material.rows("grounding", phase=phase)
    spoken = [row for row in rows if any(row.get(kind) is not None for kind in FOUND)]
    shares = {row["variant"]: {kind: row.get(kind) or 0.0 for kind in FOUND} for row in spoken}
    cells: list[list[object]] = [
        [
            material.named(row["variant"]),
            *(percent(row.get(kind)) for kind in FOUND),
            number(row.get("repeats_per_episode")),
            estimate(_distinct(row)),
            count(row.get("distinct_overall")),
        ]
        for row in rows
    ]
    heads = ["Variant", *FOUND, "Repeats per session", "Different items per session", "in all"]
    name = f"grounding-{phase}"
    caption = f"{PHASES[phase]}: grounding, repeats and variety"
    drawn = _bars(name, PHASES[phase], shares, list(FOUND), 0) if shares else None
    return [
        material.figure(drawn, "grounding") if drawn else tag("p", material.link("grounding")),
        table(caption, heads, cells),
    ]


def _distinct(row: Mapping[str, Any]) -> dict[str, Any]:
    return {end: row.get(f"distinct_per_episode_{end}") for end in ("mean", "low", "high")}
