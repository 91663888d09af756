"""Tables of the page: real headers, numbers that line up, what is unknown said so."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.report.text import Html, joined, tag

UNKNOWN = "unknown"
ABSENT = tag("span", "\u2013", class_="muted", title="does not apply or was not recorded")


def table(caption: str, heads: Sequence[object], rows: Sequence[Sequence[object]]) -> Html:
    """A table in a box of its own that scrolls; the first cell of a row names it."""
    classes = [_class([row[at] for row in rows]) for at in range(len(heads))]
    head = tag(
        "tr",
        *(tag("th", n, scope="col", class_=c) for n, c in zip(heads, classes, strict=True)),
    )
    body = [
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            *(_cell(v, c) for v, c in zip(row[1:], classes[1:], strict=True)),
        )
        for row in rows
    ]
    return scrolling(
        tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body)), caption
    )


def scrolling(inner: Html, label: str) -> Html:
    """A box that can be scrolled sideways, also by keyboard."""
    return tag("div", inner, class_="scroll", role="region", tabindex=0, aria_label=label)


def _cell(value: object, class_: str | None) -> Html:
    return tag("td", ABSENT if value is None else value, class_=class_)


def _class(column: Sequence[object]) -> str | None:
    """Words stand to the left, numbers to the right."""
    words = any(type(value) is Words for value in column)
    return "words" if words else None


class Words(str):
    """A cell that is read and not compared."""

    __slots__ = ()


def number(value: Any, digits: int = 2) -> object:
    """A number with its digits, or a dash where there is none."""
    return ABSENT if value is None else f"{value:,.{digits}f}"


def count(value: Any) -> object:
    """A whole number."""
    return ABSENT if value is None else f"{value:,.0f}"


def signed(value: Any, digits: int = 2) -> str:
    """A difference with its sign, a real minus."""
    return f"{value:+,.{digits}f}".replace("-", "\u2212")


def percent(value: Any) -> object:
    """A share."""
    return ABSENT if value is None else f"{100 * value:.1f} %"


def money(value: float | None) -> str:
    """US dollars; what is unknown is never shown as nothing."""
    if value is None:
        return UNKNOWN
    return f"${value:,.2f}" if value >= 0.01 or value == 0 else f"${value:.4f}"


def interval(low: Any, high: Any, digits: int = 2) -> str:
    """The ends of a 95 % interval."""
    if low is None or high is None:
        return ""
    return f"{low:,.{digits}f} to {high:,.{digits}f}".replace("-", "\u2212")


def estimate(figures: Mapping[str, Any] | None, *, difference: bool = False) -> object:
    """A mean over the ends of its interval."""
    if not figures or figures.get("mean") is None:
        return ABSENT
    mean = signed(figures["mean"]) if difference else number(figures["mean"])
    ends = interval(figures.get("low"), figures.get("high"))
    return joined([tag("b", mean), tag("small", ends)]) if ends else tag("b", mean)


def folded(summary: str, *inner: object) -> Html:
    """What is there for those who look for it."""
    return tag("details", tag("summary", summary), *inner)


def swatch(name: str, hue: int) -> Html:
    """A variant's name beside its colour."""
    dot = tag("circle", cx=5, cy=5, r=5, class_=f"fill-hue-{hue}")
    mark = tag("svg", dot, viewBox="0 0 10 10", width=10, height=10, aria_hidden="true")
    return tag("span", mark, " ", name, class_="swatch")
