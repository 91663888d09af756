"""Figures of the page: titles, keys, drawings for wide and narrow screens, and links to CSV."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

from experiments.report import charts
from experiments.report.charts import Axis, Chart, Frame, Rows, room_for, tip
from experiments.report.markup import Html, tag
from experiments.report.palette import DASHES, Look
from experiments.report.svg import render
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName, Metrics

WIDE, NARROW, PANEL = 860, 340, 290  # widths of charts
WIDEST_PANEL = 400  # wider drawings take the whole width of the page, also when alone


class Figure(NamedTuple):
    """A figure's content; `narrow` holds charts for screens on which the others are too small."""

    name: str
    title: str
    summary: str
    charts: Sequence[Chart]
    narrow: Sequence[Chart] = ()
    key: Html = Html("")


def wide_and_narrow(
    name: str,
    title: str,
    summary: str,
    draw: Callable[[Frame], Chart],
    heights: tuple[int, int],
    key: Html,
) -> Figure:
    """One chart, drawn for wide and for narrow screens."""
    wide, narrow = draw(Frame(WIDE, heights[0])), draw(Frame(NARROW, heights[1]))
    return Figure(name, title, summary, [wide], [narrow], key)


def figure_html(drawn: Figure, csv: Html) -> Html:
    """A figure with its caption, key, drawings and link."""
    summary = tag("span", drawn.summary, class_="muted")
    return tag(
        "figure",
        tag("figcaption", tag("strong", drawn.title), " ", summary),
        drawn.key,
        _drawings(drawn, drawn.charts, "wide" if drawn.narrow else "both"),
        _drawings(drawn, drawn.narrow, "narrow") if drawn.narrow else "",
        tag("p", csv, class_="data"),
        class_="figure",
    )


def _drawings(drawn: Figure, charts: Sequence[Chart], class_: str) -> Html:
    specs: list[dict[str, Any]] = [chart.to_dict(validate=False) for chart in charts]
    several = len(specs) > 1
    small = several or all(spec.get("width", WIDEST_PANEL + 1) <= WIDEST_PANEL for spec in specs)
    drawings = [
        render(
            spec,
            f"{drawn.title}: {spec['title']}" if several and "title" in spec else drawn.title,
            drawn.summary,
            f"{drawn.name}-{class_}-{number}",
        )
        for number, spec in enumerate(specs)
    ]
    return tag("div", *drawings, class_=f"drawings {class_} {'several' if small else 'one'}")


def line_key(names: Sequence[str], looks: Mapping[str, Look]) -> Html:
    """A key with the line of each name."""
    marks = {}
    for name in names:
        drawn = {"stroke_dasharray": " ".join(map(str, DASHES[looks[name].dash]))}
        drawn["class_"] = f"stroke-hue-{looks[name].hue}"
        marks[name] = tag("line", x1=0, y1=6, x2=26, y2=6, stroke_width=2.5, **drawn)
    return _key(marks)


def part_key(steps: Mapping[str, int]) -> Html:
    """A key with the colour of each part, given as a step of the palette."""
    box = {"x": 0, "y": 0, "width": 26, "height": 12, "rx": 2}
    return _key({part: tag("rect", **box, class_=f"fill-step-{at}") for part, at in steps.items()})


def _key(marks: Mapping[str, Html]) -> Html:
    box = {"viewBox": "0 0 26 12", "width": "26", "height": "12", "aria_hidden": "true"}
    items = [tag("li", tag("svg", mark, **box), " ", name) for name, mark in marks.items()]
    return tag("ul", *items, class_="key", aria_label="Key")


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


def csv_link(name: str) -> Html:
    """A link to a table beside the page; the script saves the page's own copy instead."""
    file = f"{name}.csv"
    return tag("a", file, href=f"csv/{file}", download=file, data_table=name, class_="csv")


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
