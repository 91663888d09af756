"""Figures with a panel for each of the three metrics."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from experiments.report import charts
from experiments.report.encodings import WHOLE, Axis, Chart, Frame, room_for, tip
from experiments.report.figure import NARROW, PANEL, WIDE, Figure, line_key
from experiments.report.palette import Look
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName, Metrics


def metric_dots(
    name: str,
    title: str,
    summary: str,
    names: Sequence[str],
    draw: Callable[[MetricName, Frame, bool], Chart],
) -> Figure:
    """A chart of dots for each metric, their rows named once on wide screens."""
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
        rows = [
            {"series": point.series, x.field: point.at, **vars(estimate)}
            | {"tip": tip(f"{point.tip}{estimate.mean:.2f}")}
            for point in points
            if (estimate := point.metrics.by_name()[metric]).mean is not None
        ]
        frame = Frame(PANEL, height, label)
        panels.append(charts.lines(rows, looks, x, Axis("mean", ""), frame))
    summary = f"{charts.bands(series)}{note}"
    return Figure(name, title, summary, panels, key=line_key(series, looks))


def with_interval(estimate: Estimate) -> dict[str, float | None]:
    """The ends of an interval to be drawn, both at the mean where they are not known."""
    mean, low, high = estimate.mean, estimate.low, estimate.high
    return {"low": mean if low is None else low, "high": mean if high is None else high}


def batches(title: str = "batch of training") -> Axis:
    """The axis of the batches of a training."""
    return Axis("batch", title, format=WHOLE)
