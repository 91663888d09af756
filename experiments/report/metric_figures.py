"""Figures of the three metrics, and bars made of parts."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from experiments.report import charts
from experiments.report.charts import Axis, Chart, Frame, Rows, room_for, tip
from experiments.report.figure import (
    NARROW,
    PANEL,
    WIDE,
    Figure,
    line_key,
    part_key,
    wide_and_narrow,
)
from experiments.report.palette import Look
from experiments.statistics.metrics import METRICS, MetricName, Metrics


def metric_dots(
    name: str,
    title: str,
    summary: str,
    names: Sequence[str],
    points: Callable[[MetricName], Rows],
    x: str,
    looks: Mapping[str, Look],
) -> Figure:
    """A chart of dots for each metric, their rows named once on wide screens."""

    def draw(metric: MetricName, frame: Frame, named: bool) -> Chart:
        return charts.dots(points(metric), looks, Axis(x, ""), frame, named)

    width = (WIDE - room_for(names) - 90) // len(METRICS)
    high = 24 * len(names) + 10
    wide = [
        draw(metric, Frame(width, high, label, beside=True), at == 0)
        for at, (metric, label) in enumerate(METRICS.items())
    ]
    narrow = [draw(one, Frame(NARROW, high + 66, label), True) for one, label in METRICS.items()]
    return Figure(name, title, summary, [charts.beside(wide)], narrow)


class LinePoint(NamedTuple):
    """The metrics of a series at a place along x, and the beginning of its description."""

    series: str
    at: int
    metrics: Metrics
    tip: str


def metric_lines(
    name: str,
    title: str,
    note: str,
    points: Iterable[LinePoint],
    x: Axis,
    looks: Mapping[str, Look],
    height: int,
) -> Figure:
    """A chart of lines for each metric, with bands where there are few enough of them."""
    points = list(points)
    series = list(dict.fromkeys(point.series for point in points))
    panels = []
    for metric, label in METRICS.items():
        rows = _line_rows(points, metric, x)
        frame = Frame(PANEL, height, label)
        panels.append(charts.lines(rows, looks, x, Axis("mean", ""), frame))
    summary = f"{charts.bands(series)}{note}"
    return Figure(name, title, summary, panels, key=line_key(series, looks))


def metric_panels(
    name: str,
    metric: MetricName,
    title: str,
    points: Iterable[LinePoint],
    x: Axis,
    looks: Mapping[str, Look],
) -> Figure:
    """A metric in a panel for each series, on the same axes, with the others in grey behind it."""
    rows = _line_rows(points, metric, x)
    series = list(dict.fromkeys(row["series"] for row in rows))
    y = Axis("mean", "", _ends(rows))
    panels = []
    for one in series:
        shown = [{**row, "faint": row["series"] != one} for row in rows]
        panels.append(charts.lines(shown, looks, x, y, Frame(PANEL, 170, one)))
    summary = "All panels have the same axes; bands are 95 % intervals, the other methods are grey."
    return Figure(name, title, summary, panels)


def _ends(rows: Rows) -> tuple[float, float]:
    """The ends of an axis that holds all means and intervals."""
    met = [row[end] for row in rows for end in ("mean", "low", "high") if row[end] is not None]
    room = 0.05 * (max(met) - min(met)) or 0.5
    return min(met) - room, max(met) + room


def _line_rows(points: Iterable[LinePoint], metric: MetricName, x: Axis) -> Rows:
    return [
        {"series": point.series, x.field: point.at, **vars(estimate)}
        | {"tip": tip(f"{point.tip}{estimate.mean:.2f}")}
        for point in points
        if (estimate := point.metrics.by_name()[metric]).mean is not None
    ]


def bar_figure(
    name: str,
    title: str,
    summary: str,
    values: Mapping[str, Mapping[str, float]],
    x: Axis,
    said: Callable[[float], object],
) -> Figure:
    """A bar for each series that is made of the same parts, in steps of one colour."""
    steps = {part: at for at, part in enumerate(next(iter(values.values())))}
    rows = [
        {"series": series, "part": part, "order": order, x.field: found[part]}
        | {"tip": tip(f"{series}, {part}: {said(found[part])}")}
        for series, found in values.items()
        for part, order in steps.items()
    ]
    high = 30 * len(values) + (56 if x.title else 40)
    drawn = partial(charts.bars, rows, steps, x)
    return wide_and_narrow(name, title, summary, drawn, (high, high), part_key(steps))
