"""Figures of the page: titles, keys, drawings for wide and narrow screens, and links to CSV."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.report.charts import Chart, Frame, line_width
from experiments.report.markup import Html, tag
from experiments.report.palette import DASHES, Look
from experiments.report.svg import render
from experiments.statistics.intervals import Estimate

WIDE, NARROW, PANEL = 860, 340, 290  # widths of charts
WIDEST_PANEL = 400  # wider drawings take the whole width of the page, also when alone


class KeyMark(NamedTuple):
    """What a name in a key looks like: a line of a variant's look, or a box of a step's colour."""

    name: str
    look: Look | None = None
    step: int | None = None


class Figure(NamedTuple):
    """A figure's content; `narrow` holds charts for screens on which the others are too small."""

    name: str
    title: str
    summary: str
    charts: Sequence[Chart]
    narrow: Sequence[Chart] = ()
    key: Sequence[KeyMark] = ()


def wide_and_narrow(
    name: str,
    title: str,
    summary: str,
    draw: Callable[[Frame], Chart],
    heights: tuple[int, int],
    key: Sequence[KeyMark],
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
        _key(drawn.key) if drawn.key else "",
        _drawings(drawn, drawn.charts, "wide" if drawn.narrow else "both"),
        _drawings(drawn, drawn.narrow, "narrow") if drawn.narrow else "",
        tag("p", csv, class_="data"),
        class_="figure",
    )


def _drawings(drawn: Figure, charts: Sequence[Chart], class_: str) -> Html:
    specs: list[dict[str, Any]] = [chart.to_dict(validate=False) for chart in charts]
    several = len(specs) > 1
    small = all(spec.get("width", WIDEST_PANEL + 1) <= WIDEST_PANEL for spec in specs)
    drawings = [
        render(
            spec,
            f"{drawn.title}: {spec['title']}" if several and "title" in spec else drawn.title,
            drawn.summary,
            f"{drawn.name}-{class_}-{number}",
        )
        for number, spec in enumerate(specs)
    ]
    square = all(spec.get("width", 0) == spec.get("height") for spec in specs)
    layout = "several" if several or (small and not square) else "square" if square else "one"
    return tag("div", *drawings, class_=f"drawings {class_} {layout}")


def line_key(names: Sequence[str], looks: Mapping[str, Look]) -> list[KeyMark]:
    """A key with the line of each name."""
    return [KeyMark(name, look=looks[name]) for name in names]


def part_key(steps: Mapping[str, int]) -> list[KeyMark]:
    """A key with the colour of each part, given as a step of the palette."""
    return [KeyMark(part, step=at) for part, at in steps.items()]


def _key(marks: Sequence[KeyMark]) -> Html:
    box = {"viewBox": "0 0 26 12", "width": "26", "height": "12", "aria_hidden": "true"}
    items = [tag("li", tag("svg", _mark(mark), **box), " ", mark.name) for mark in marks]
    return tag("ul", *items, class_="key", aria_label="Key")


def _mark(mark: KeyMark) -> Html:
    if mark.look is None:
        return tag("rect", x=0, y=0, width=26, height=12, rx=2, class_=f"fill-step-{mark.step}")
    return tag(
        "line",
        x1=0,
        y1=6,
        x2=26,
        y2=6,
        stroke_width=line_width(mark.look),
        stroke_dasharray=" ".join(map(str, DASHES[mark.look.dash])),
        class_=f"stroke-hue-{mark.look.hue}",
    )


def csv_link(name: str) -> Html:
    """A link to a table beside the page; the script saves the page's own copy instead."""
    file = f"{name}.csv"
    return tag("a", file, href=f"csv/{file}", download=file, data_table=name, class_="csv")


def with_interval(estimate: Estimate) -> dict[str, float | None]:
    """The ends of an interval to be drawn, both at the mean where they are not known."""
    mean, low, high = estimate.mean, estimate.low, estimate.high
    return {"low": mean if low is None else low, "high": mean if high is None else high}
