"""How sessions went: in training batch by batch, how long they last, and why they end."""

from collections.abc import Mapping, Sequence

from experiments.report import charts
from experiments.report.charts import WHOLE, Axis, Frame
from experiments.report.figure import PANEL, Figure, line_key, part_key, wide_and_narrow
from experiments.report.markup import Html
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    heading,
    section_by_phase,
)
from experiments.report.tables import folded, html_table, integer
from experiments.runs.presets import Phase
from experiments.statistics.figures import PhaseFigures

ENDS: Mapping[str, str] = {
    "alive": "still there",
    "similar": "left: too similar",
    "disliked": "left: disliked",
    "repeated": "left: shown before",
}
END_STEPS: Mapping[str, int] = {"alive": 10, "similar": 11, "disliked": 12, "repeated": 13}
OTHER_STEP = 14

MOST_LINES = 12  # that can be told apart in one chart; each variant has its own chart besides

Survival = Sequence[Mapping[str, int | float]]


def survival_section(data: ReportData) -> Section | None:
    """The share of sessions that last, and why the others ended."""
    section = Section("sessions", "How sessions end", Html(""))
    return section_by_phase(data, section, _survival)


def _survival(data: ReportData, phase: Phase) -> list[object]:
    played = data.run.figures(phase)
    last = max((point["round"] for of in played.values() for point in of.survival), default=0)
    names = data.in_groups(name for name, of in played.items() if of.survival)
    curves = {name: _up_to(int(last) + 1, played[name].survival) for name in names}
    if not curves:
        return []
    rows = [
        {"series": name, "round": point["round"], "alive": point["alive"]}
        for name, curve in curves.items()
        for point in curve
    ]
    x, y = Axis("round", "round", (0, last + 1), WHOLE), Axis("alive", "", (0, 1), "%")
    drawn = wide_and_narrow(
        f"survival-{phase}",
        "Share of sessions still going after each round",
        "Every session starts at 100 %.",
        lambda frame: charts.steps(rows, data.looks, x, y, frame),
        (300, 260),
        line_key(names, data.looks),
    )
    return [
        heading(PHASE_HEADINGS[phase]),
        data.figure(drawn, "survival") if len(names) <= MOST_LINES else "",
        data.figure(_causes(phase, curves), "survival"),
        _ends(data, phase),
    ]


def _up_to(end: int, survival: Survival) -> Survival:
    """The curve from the start to the end of the longest session of all variants."""
    return [{"round": 0, "alive": 1.0}, *survival, {**survival[-1], "round": end}]


def _causes(phase: str, curves: Mapping[str, Survival]) -> Figure:
    points = [point for curve in curves.values() for point in curve[1:]]
    others = sorted({key for point in points for key in point} - {"round", *ENDS})
    known = {**ENDS, **{end: f"left: {end}" for end in others}}
    met = [end for end in known if any(point.get(end) for point in points)]
    parts = {known[end]: END_STEPS.get(end, OTHER_STEP) for end in met}
    longest = max(point["round"] for point in points)
    x, y = Axis("round", "", (0, longest), WHOLE), Axis("share", "", (0, 1), "%")
    panels = []
    for name, curve in curves.items():
        rows = [
            {"part": known[end], "order": order, "round": point["round"], "share": share}
            for point in curve
            for order, end in enumerate(met)
            for share in (point.get(end) or 0,)
        ]
        panels.append(charts.areas(rows, parts, x, y, Frame(PANEL, 170, name)))
    return Figure(
        f"causes-{phase}",
        "Why sessions ended, by round",
        "Shares of all sessions, on the same axes; the lowest part are those still going.",
        panels,
        key=part_key(parts),
    )


def _ends(data: ReportData, phase: Phase) -> Html:
    played = data.run.figures(phase)
    ends = _different_ends(list(played.values()))
    rows: list[list[object]] = [
        [data.named(name), *(integer(figures.ends.get(end, 0)) for end in ends)]
        for name, figures in played.items()
    ]
    labels = {"stayed": "stayed to the cap"} | {e: ENDS[e] for e in ENDS if e != "alive"}
    heads = ["Variant", *(labels.get(end, end) for end in ends)]
    return folded(
        "Numbers of sessions by end",
        html_table(f"{PHASE_HEADINGS[phase]}: ends of sessions", heads, rows),
    )


def _different_ends(played: Sequence[PhaseFigures]) -> list[str]:
    """The ends that were met: those with words of their own first."""
    met = {end for figures in played for end, times in figures.ends.items() if times}
    known = ["similar", "disliked", "repeated", "stayed"]
    return [end for end in known if end in met] + sorted(met.difference(known))
