"""Figures against the window of the quit rule (figure 5 of the paper)."""

from collections.abc import Mapping

from experiments.report.charts import WHOLE, Axis
from experiments.report.csv_tables import windows
from experiments.report.markup import Html
from experiments.report.metric_figures import LinePoint, metric_panels
from experiments.report.palette import Look, family
from experiments.report.report_data import (
    PHASE_HEADINGS,
    ReportData,
    Section,
    heading,
    paragraph,
    section_by_phase,
)
from experiments.report.tables import folded, html_table, integer, mean_and_interval, metric
from experiments.runs.presets import Phase
from experiments.statistics.metrics import METRICS


def window_section(data: ReportData) -> Section | None:
    """Each metric against the number of recent items that a new one must not resemble."""
    if not windows(data.run):
        return None
    intro = paragraph(
        "Users leave over an item too like one of the last W that they were shown. The larger W, "
        "the longer they remember."
    )
    return section_by_phase(data, Section("window", "Window of the quit rule", intro), _sweep)


def _sweep(data: ReportData, phase: Phase) -> list[Html]:
    by_variant, played = windows(data.run), data.run.figures(phase)
    names = data.in_groups(name for name in played if name in by_variant)
    series = series_by_variant(data, names)
    looks: dict[str, Look] = {}
    for name, line in series.items():
        looks.setdefault(line, data.looks[name])
    points = [
        LinePoint(line, by_variant[name], played[name], f"{name}: W {by_variant[name]}, ")
        for name, line in series.items()
    ]
    x = Axis("at", "W", format=WHOLE)
    figures = [
        metric_panels(f"window-{one}-{phase}", one, f"{label} by window W", points, x, looks)
        for one, label in METRICS.items()
    ]
    cells: list[list[object]] = [
        [data.named(name), integer(by_variant[name])]
        + [mean_and_interval(one) for one in played[name].by_name().values()]
        for name in series
    ]
    caption, heads = f"{PHASE_HEADINGS[phase]}: figures by window", ["Variant", "W"]
    shown = folded("Figures by window", html_table(caption, [*heads, *map(metric, METRICS)], cells))
    return [
        heading(PHASE_HEADINGS[phase]),
        *(data.figure(drawn, "window") for drawn in figures),
        shown,
    ]


def series_by_variant(data: ReportData, names: list[str]) -> Mapping[str, str]:
    """The line that a variant is a point of, called by its method or by its first variant."""
    first: dict[str, str] = {}
    for name in names:
        first.setdefault(family(data.run.variants[name]), name)
    methods = [data.run.variants[name].method for name in first.values()]
    found = {}
    for name in names:
        head = first[family(data.run.variants[name])]
        method = data.run.variants[head].method
        found[name] = method if methods.count(method) == 1 else head
    return found
