"""How a chart's fields become positions, colours and dashes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from experiments.errors import MissingExtraError
from experiments.report.palette import DASHES, Look
from experiments.report.svg import HUE, MADE_UP

Rows = Sequence[Mapping[str, Any]]
Chart = Any  # Altair is an extra, and loaded only where it is used

NAME_LIMIT = 190
WHOLE = "d"  # the format of whole numbers
LETTER_WIDTH = 6.6


class Axis(NamedTuple):
    """A field, its title, and the ends of its scale where these are fixed."""

    field: str
    title: str
    ends: tuple[float, float] | None = None
    format: str | None = None


class Frame(NamedTuple):
    """The size of a chart, including its axes unless it is to stand `beside` others."""

    width: int
    height: int
    title: str = ""
    beside: bool = False


def altair() -> Any:
    """Altair, or the command that installs it."""
    try:
        import altair
        import vl_convert  # noqa: F401  # draws the charts
    except ImportError as error:
        raise MissingExtraError("reports", "report") from error
    return altair


def tip(text: str) -> str:
    """The description of a mark that the page shows when it is pointed at."""
    return MADE_UP + text


def room_for(names: Sequence[str]) -> int:
    """The width of the names beside the rows of a chart."""
    return min(NAME_LIMIT, round(LETTER_WIDTH * max(map(len, names), default=0))) + 14


def chart_of(rows: Rows) -> Chart:
    """A chart of these rows, without marks."""
    alt = altair()
    return alt.Chart(alt.Data(values=list(rows)))


def framed(chart: Chart, frame: Frame) -> Chart:
    """A chart with its size and title."""
    drawn = chart.properties(width=frame.width, height=frame.height)
    if frame.title:
        drawn = drawn.properties(title=frame.title)
    if frame.beside:
        return drawn
    return drawn.properties(autosize={"type": "fit", "contains": "padding"})


def along(channel: Any, axis: Axis, field: str | None = None) -> Any:
    """A position along an axis, by its own field or another."""
    alt = altair()
    ends = {"domain": list(axis.ends), "nice": False} if axis.ends else {"zero": False}
    return channel(
        f"{field or axis.field}:Q",
        title=axis.title or None,
        scale=alt.Scale(**ends),
        axis=alt.Axis(**_ticks(axis)),
    )


def _ticks(axis: Axis) -> dict[str, Any]:
    if axis.format is None:
        return {}
    whole = {"labelExpr": "datum.value % 1 ? '' : datum.label"} if axis.format == WHOLE else {}
    return {"format": axis.format, **whole}


def hues(field: str, rows: Rows, looks: Mapping[str, Look]) -> Any:
    """The colour of each name that the rows have in a field."""
    alt = altair()
    names = [name for name in looks if any(row[field] == name for row in rows)]
    colours = [HUE.format(looks[name].hue) for name in names]
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=names, range=colours), legend=None)


def dashes(rows: Rows, looks: Mapping[str, Look]) -> Any:
    """The pattern of dashes of each series."""
    alt = altair()
    names = [name for name in looks if any(row["series"] == name for row in rows)]
    patterns = [list(DASHES[looks[name].dash]) for name in names]
    scale = alt.Scale(domain=names, range=patterns)
    return alt.StrokeDash("series:N", scale=scale, legend=None)


def part_colours(parts: Mapping[str, str]) -> Any:
    """The colour of each part."""
    alt = altair()
    scale = alt.Scale(domain=list(parts), range=list(parts.values()))
    return alt.Color("part:N", scale=scale, legend=None)
