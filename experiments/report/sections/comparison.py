"""The comparison: every variant's figures, the paper's beside them."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.figure import Figure
from experiments.report.material import (
    METRICS,
    NARROW,
    PHASES,
    WIDE,
    Material,
    Section,
    heading,
    metric,
    paragraph,
)
from experiments.report.source import chat_models
from experiments.report.tables import (
    ABSENT,
    count,
    estimate,
    folded,
    interval,
    number,
    table,
)
from experiments.report.text import Html, joined, tag

PAPER_NOTE = (
    "The paper's figures are those it printed for the method of the same name (its Tables 3, 5 "
    "and 6, made with gpt-3.5-turbo-16k unless the line says otherwise), with its own ±. Its "
    "worlds, user model, chat models and prompts were others: they stand here for orientation, "
    "and a difference from them measures nothing."
)


def comparison(material: Material) -> Section | None:
    """A chart and a table for each phase, those to judge by first."""
    run = material.run
    if not run.phases:
        return None
    order = [*run.evaluated, *(phase for phase in run.phases if phase not in run.evaluated)]
    paper = any(row.get("paper") for row in material.rows("comparison"))
    return Section(
        "comparison",
        "Comparison",
        joined(
            [
                paragraph(*_explained()),
                paragraph(PAPER_NOTE, class_="note") if paper else "",
                *(_phase(material, phase) for phase in order),
            ]
        ),
    )


def _explained() -> list[object]:
    return [
        metric("len"),
        " is the number of rounds until a user leaves, ",
        metric("r_each"),
        " the mean true rating of a recommended item, ",
        metric("r_traj"),
        " the sum of the ratings of a session, the last item included. Below each mean stands "
        "its 95 % interval, clustered by user, then the standard deviation of the means of the "
        "seeds. Episodes that failed are counted, and enter no other figure.",
    ]


def _phase(material: Material, phase: str) -> Html:
    rows = material.rows("comparison", phase=phase)
    paper = any(row.get("paper") for row in rows)
    heads: list[object] = ["Variant", "Episodes"]
    for name in METRICS:
        heads += [metric(name), tag("span", metric(name), ", paper")] if paper else [metric(name)]
    body = [_line(material, phase, row, paper) for row in rows]
    caption = f"{PHASES[phase]}: means over episodes"
    return joined(
        [
            heading(PHASES[phase]),
            material.figure(_picture(material, phase, rows), "comparison"),
            table(caption, heads, body),
            _failures(material, phase),
            _without_last(material, phase),
        ]
    )


def _line(material: Material, phase: str, row: Mapping[str, Any], paper: bool) -> list[object]:
    figures = material.run.played(phase)[row["variant"]]
    models = chat_models(material.run.variants[row["variant"]])
    model = joined([tag("small", name) for name in models or ["no chat model"]])
    cells: list[object] = [joined([material.named(row["variant"]), model]), _played(row)]
    for name in METRICS:
        apart = row.get(f"{name}_seed_sd")
        seeds = tag("small", "seeds ± ", number(apart)) if apart is not None else ""
        cells.append(joined([estimate(figures.get(name)), seeds]))
        cells += [_printed(row, name)] if paper else []
    return cells


def _printed(row: Mapping[str, Any], name: str) -> object:
    mean, spread = row.get(f"paper_{name}"), row.get(f"paper_{name}_spread")
    if mean is None:
        return ABSENT
    label = tag("small", row["paper"]) if name == "len" else ""
    return joined([number(mean), tag("small", "± ", number(spread)), label])


def _played(row: Mapping[str, Any]) -> Html:
    """How many episodes count, of how many users, and how many do not."""
    lines = [count(row.get("episodes")), tag("small", count(row.get("users")), " users")]
    lines += [tag("small", count(row["errors"]), " failed")] if row.get("errors") else []
    return joined(lines)


def _failures(material: Material, phase: str) -> Html:
    """Why episodes failed."""
    kinds: Counter[str] = Counter()
    for figures in material.run.played(phase).values():
        kinds.update(figures.get("error_types") or {})
    if not kinds:
        return Html("")
    named = ", ".join(f"{kind} {times:,}" for kind, times in sorted(kinds.items()))
    return paragraph(f"Failed episodes by error: {named}.", class_="muted")


def _without_last(material: Material, phase: str) -> Html:
    played = material.run.played(phase)
    if not any(figures.get("without_last") for figures in played.values()):
        return Html("")
    rows: list[list[object]] = [
        [material.named(name)]
        + [estimate((figures.get("without_last") or {}).get(m)) for m in METRICS]
        for name, figures in played.items()
    ]
    caption = f"{PHASES[phase]}: without the step that made the user leave"
    return folded(caption, table(caption, ["Variant", *map(metric, METRICS)], rows))


def _picture(material: Material, phase: str, rows: list[dict[str, Any]]) -> Figure:
    names = [row["variant"] for row in rows]
    room = charts.room_for(names)
    width = (WIDE - room - 90) // len(METRICS)
    high = 24 * len(names) + 10

    def drawn(name: str, frame: Frame, named: bool) -> charts.Chart:
        points = [_point(row, name) for row in rows if row.get(f"{name}_mean") is not None]
        return charts.dots(points, material.looks, Axis("mean", ""), frame, named)

    wide = [
        drawn(name, Frame(width, high, label, beside=True), at == 0)
        for at, (name, label) in enumerate(METRICS.items())
    ]
    narrow = [drawn(n, Frame(NARROW, high + 66, label), True) for n, label in METRICS.items()]
    paper = " A diamond is what the paper printed." if any(r.get("paper") for r in rows) else ""
    return Figure(
        f"comparison-{phase}",
        "Means with 95 % intervals",
        f"Each metric on a scale of its own.{paper}",
        [charts.beside(wide)],
        narrow,
    )


def _point(row: Mapping[str, Any], name: str) -> dict[str, Any]:
    mean, printed = row[f"{name}_mean"], row.get(f"paper_{name}")
    low, high = row.get(f"{name}_low"), row.get(f"{name}_high")
    return {
        "series": row["variant"],
        "look": row["variant"],
        "mean": mean,
        "low": mean if low is None else low,
        "high": mean if high is None else high,
        "other": printed,
        "tip": tip(f"{row['variant']}: {METRICS[name]} {mean:.2f} ({interval(low, high)})"),
        "other_tip": tip(f"the paper, {row.get('paper')}: {printed}"),
    }
