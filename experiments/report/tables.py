"""Tables of the page, and how their cells are written."""

from collections.abc import Sequence

from experiments.report.markup import Html, joined, tag
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import METRICS, MetricName

UNKNOWN = "unknown"
ABSENT = tag("span", "\u2013", class_="muted", title="does not apply or was not recorded")


def html_table(caption: str, heads: Sequence[object], rows: Sequence[Sequence[object]]) -> Html:
    """A table in a box of its own that scrolls; the first cell of a row names it."""
    words = [any(isinstance(row[at], Words) for row in rows) for at in range(len(heads))]
    classes = ["words" if text else None for text in words]
    head = [tag("th", n, scope="col", class_=c) for n, c in zip(heads, classes, strict=True)]
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(
                tag("td", ABSENT if value is None else value, class_=class_)
                for value, class_ in zip(row[1:], classes[1:], strict=True)
            ),
        )
        for row in rows
    ]
    parts = (tag("caption", caption), tag("thead", tag("tr", *head)), tag("tbody", *body))
    return scrolling(tag("table", *parts), caption)


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


def mean_and_interval(estimate: Estimate, *, difference: bool = False) -> object:
    """A mean over the ends of its interval."""
    if estimate.mean is None:
        return ABSENT
    mean = signed(estimate.mean) if difference else decimal(estimate.mean)
    ends = interval(estimate.low, estimate.high)
    return joined([tag("b", mean), tag("small", ends)]) if ends else tag("b", mean)


def metric(name: MetricName) -> Html:
    """A metric as the paper writes it."""
    letter, _, index = METRICS[name].partition("_")
    return tag("span", letter, tag("sub", index) if index else "", class_="metric")


def folded(summary: str, *inner: object) -> Html:
    """Content that is shown when its summary is opened."""
    return tag("details", tag("summary", summary), *inner)


def swatch(name: str, hue: int) -> Html:
    """A variant's name beside its colour."""
    dot = tag("circle", cx=5, cy=5, r=5, class_=f"fill-hue-{hue}")
    mark = tag("svg", dot, viewBox="0 0 10 10", width=10, height=10, aria_hidden="true")
    return tag("span", mark, " ", name, class_="swatch")
