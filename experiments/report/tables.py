"""Tables of the page, and how their cells are written."""

from collections.abc import Mapping, Sequence

from experiments.report.markup import Html, joined, tag
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName

UNKNOWN = "unknown"
ABSENT = tag("span", "\u2013", class_="muted", title="does not apply or was not recorded")


def html_table(caption: str, heads: Sequence[object], rows: Sequence[Sequence[object]]) -> Html:
    """A table in a box of its own that scrolls; the first cell of a row names it."""
    return grouped_table(caption, heads, {"": rows})


def grouped_table(
    caption: str, heads: Sequence[object], groups: Mapping[str, Sequence[Sequence[object]]]
) -> Html:
    """A table whose rows stand in groups with a heading each, unless there is but one."""
    rows = [row for group in groups.values() for row in group]
    words = [any(isinstance(row[at], Words) for row in rows) for at in range(len(heads))]
    classes = ["words" if text else None for text in words]
    head = [tag("th", n, scope="col", class_=c) for n, c in zip(heads, classes, strict=True)]
    bodies = []
    for label, group in groups.items():
        title = tag("th", label, scope="rowgroup", colspan=len(heads))
        titled = [tag("tr", title, class_="group")] if len(groups) > 1 else []
        bodies.append(tag("tbody", *titled, *(_row(row, classes) for row in group)))
    parts = (tag("caption", caption), tag("thead", tag("tr", *head)), *bodies)
    return scrolling(tag("table", *parts), caption)


def _row(row: Sequence[object], classes: Sequence[str | None]) -> Html:
    cells = (
        tag("td", ABSENT if value is None else value, class_=class_)
        for value, class_ in zip(row[1:], classes[1:], strict=True)
    )
    return tag("tr", tag("th", row[0], scope="row"), *cells)


def scrolling(inner: Html, label: str) -> Html:
    """A box that can be scrolled sideways, also by keyboard."""
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


class Words(str):
    """A cell of text, aligned to the left."""

    __slots__ = ()


def decimal(value: float | None, digits: int = 2) -> object:
    """A number, or a dash for None."""
    return ABSENT if value is None else f"{value:,.{digits}f}"


def integer(value: float | None) -> object:
    """A whole number."""
    return ABSENT if value is None else f"{value:,.0f}"


def signed(value: float, digits: int = 2) -> str:
    """A difference with its sign."""
    return f"{value:+,.{digits}f}".replace("-", "\u2212")


def percent(value: float | None) -> object:
    """A share."""
    return ABSENT if value is None else f"{100 * value:.1f} %"


def money(value: float | None) -> str:
    """US dollars; an unknown amount is never shown as zero."""
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 0.01 or value == 0 else f"${value:.4f}"


def interval(low: float | None, high: float | None, digits: int = 2) -> str:
    """The ends of a 95 % interval."""
    if low is None or high is None:
        return ""
    return f"{low:,.{digits}f} to {high:,.{digits}f}".replace("-", "\u2212")


def mean_and_interval(
    estimate: Estimate, *, difference: bool = False, best: bool = False
) -> object:
    """A mean beside the ends of its interval; the best of its column is bold."""
    if estimate.mean is None:
        return ABSENT
    said = signed(estimate.mean) if difference else f"{estimate.mean:,.2f}"
    mean = tag("b", said) if best else tag("span", said)
    ends = interval(estimate.low, estimate.high)
    return joined([mean, " ", tag("small", ends, class_="interval")]) if ends else mean


def metric(name: MetricName) -> Html:
    """A metric's name, written the same wherever it stands."""
    return tag("span", METRICS[name], class_="metric")


def folded(summary: str, *inner: object) -> Html:
    """Content that is shown when its summary is opened."""
    return tag("details", tag("summary", summary), *inner)


def swatch(name: str, hue: int) -> Html:
    """A variant's name beside its colour."""
    dot = tag("circle", cx=5, cy=5, r=5, class_=f"fill-hue-{hue}")
    mark = tag("svg", dot, viewBox="0 0 10 10", width=10, height=10, aria_hidden="true")
    return tag("span", mark, " ", name, class_="swatch")
