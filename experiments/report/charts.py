"""The shapes of charts that the report is drawn with, in Altair."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from experiments.errors import MissingExtraError
from experiments.report.palette import BILLP, DASHES, Look
from experiments.report.svg import HUE, INK, MADE_UP, MUTED, PAPER, STEP

Rows = Sequence[Mapping[str, Any]]
Chart = Any  # Altair is an extra, and loaded only where it is used

NAME_LIMIT = 190
WHOLE = "d"  # the format of whole numbers
LETTER_WIDTH = 6.6
MOST_BANDS = 8  # in one chart
LINE, STRONG_LINE = 1.8, 3.2  # BiLLP's line is the strong one


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


def _chart_of(rows: Rows) -> Chart:
    """A chart of these rows, without marks."""
    alt = altair()
    return alt.Chart(alt.Data(values=list(rows)))


def _framed(chart: Chart, frame: Frame) -> Chart:
    title = {"title": frame.title} if frame.title else {}
    fit = {} if frame.beside else {"autosize": {"type": "fit", "contains": "padding"}}
    return chart.properties(width=frame.width, height=frame.height, **title, **fit)


def _along(channel: Any, axis: Axis, field: str | None = None) -> Any:
    """A position along an axis, by its own field or another."""
    alt = altair()
    ends = {"domain": list(axis.ends), "nice": False} if axis.ends else {"zero": False}
    ticks = {"format": axis.format} if axis.format else {}
    if axis.format == WHOLE:
        ticks["labelExpr"] = "datum.value % 1 ? '' : datum.label"
    return channel(
        f"{field or axis.field}:Q",
        title=axis.title or None,
        scale=alt.Scale(**ends),
        axis=alt.Axis(**ticks),
    )


def _hues(field: str, rows: Rows, looks: Mapping[str, Look]) -> Any:
    """The colour of each name that the rows have in a field."""
    shown = {name: HUE.format(look.hue) for name, look in _met(field, rows, looks).items()}
    return _scaled(altair().Color, field, shown)


def _dashes(rows: Rows, looks: Mapping[str, Look]) -> Any:
    patterns = {n: list(DASHES[look.dash]) for n, look in _met("series", rows, looks).items()}
    return _scaled(altair().StrokeDash, "series", patterns)


def _widths(rows: Rows, looks: Mapping[str, Look]) -> Any:
    widths = {n: line_width(look) for n, look in _met("series", rows, looks).items()}
    return _scaled(altair().StrokeWidth, "series", widths)


def line_width(look: Look) -> float:
    """The width of a variant's lines."""
    return STRONG_LINE if look.hue == BILLP else LINE


def _met(field: str, rows: Rows, looks: Mapping[str, Look]) -> dict[str, Look]:
    met = {row[field] for row in rows}
    return {name: look for name, look in looks.items() if name in met}


def _part_colours(steps: Mapping[str, int]) -> Any:
    return _scaled(altair().Color, "part", {part: STEP.format(at) for part, at in steps.items()})


def _scaled(channel: Any, field: str, shown: Mapping[str, Any]) -> Any:
    """How each name in a field is shown."""
    scale = altair().Scale(type="ordinal", domain=list(shown), range=list(shown.values()))
    return channel(f"{field}:N", scale=scale, legend=None)


def _row_names(rows: Rows, looks: Mapping[str, Look]) -> tuple[list[str], Any]:
    """The names of rows in order, and their axis, on which BiLLP's stand out."""
    strong = [row["series"] for row in rows if looks[row["look"]].hue == BILLP]
    test = f"indexof({json.dumps(strong)}, datum.value) >= 0"
    weight = {"condition": {"test": test, "value": "bold"}, "value": "normal"}
    axis = altair().Axis(labelLimit=NAME_LIMIT, labelColor=INK, labelFontWeight=weight, grid=True)
    return list(dict.fromkeys(row["series"] for row in rows)), axis


def lines(rows: Rows, looks: Mapping[str, Look], x: Axis, y: Axis, frame: Frame) -> Chart:
    """A line for each `series`, with a band from `low` to `high` where these are known.

    Rows that are `faint` make grey lines, for comparison.
    """
    alt = altair()
    faint, rows = _parted(rows, "faint")
    base = _chart_of(rows).encode(x=_along(alt.X, x), color=_hues("series", rows, looks))
    line = base.mark_line(aria=False).encode(strokeWidth=_widths(rows, looks))
    layers = [line.encode(y=_along(alt.Y, y), strokeDash=_dashes(rows, looks))]
    few = len({row["series"] for row in rows}) <= MOST_BANDS
    if few and any(row.get("low") is not None for row in rows):
        band = base.mark_area(aria=False, opacity=0.14)
        layers.insert(0, band.encode(y=_along(alt.Y, y, "low"), y2="high:Q"))
    if faint:
        others = _chart_of(faint).mark_line(aria=False, strokeWidth=1, color=MUTED, opacity=0.3)
        others = others.encode(x=_along(alt.X, x), y=_along(alt.Y, y), detail="series:N")
        layers.insert(0, others)
    dots = base.mark_point(filled=True, size=26, opacity=1)
    layers.append(dots.encode(y=_along(alt.Y, y), description="tip:N"))
    return _framed(alt.layer(*layers), frame)


def _parted(rows: Rows, mark: str) -> tuple[Rows, Rows]:
    """The rows that have a mark, and the others."""
    return [row for row in rows if row.get(mark)], [row for row in rows if not row.get(mark)]


def bands(names: Sequence[str]) -> str:
    """The sentence that explains the bands of `lines`, if these are drawn."""
    return "Bands are 95 % intervals. " if len(names) <= MOST_BANDS else ""


def steps(rows: Rows, looks: Mapping[str, Look], x: Axis, y: Axis, frame: Frame) -> Chart:
    """A falling staircase for each `series`."""
    alt = altair()
    line = _chart_of(rows).mark_line(aria=False, interpolate="step-after")
    line = line.encode(strokeWidth=_widths(rows, looks), strokeDash=_dashes(rows, looks))
    drawn = line.encode(color=_hues("series", rows, looks))
    return _framed(drawn.encode(x=_along(alt.X, x), y=_along(alt.Y, y)), frame)


def areas(rows: Rows, parts: Mapping[str, int], x: Axis, y: Axis, frame: Frame) -> Chart:
    """Shares that fill the height, part by part, in steps."""
    alt = altair()
    drawn = _chart_of(rows).mark_area(interpolate="step-after", aria=False)
    drawn = drawn.encode(
        x=_along(alt.X, x), y=_along(alt.Y, y), color=_part_colours(parts), order="order:Q"
    )
    return _framed(drawn, frame)


def dots(rows: Rows, looks: Mapping[str, Look], x: Axis, frame: Frame, named: bool) -> Chart:
    """A row for each `series`: a dot with its interval, and a diamond at `other` if there is one.

    A dot is filled unless the row is `open`.
    """
    alt = altair()
    names, axis = _row_names(rows, looks)
    axis.labels = named
    base = _chart_of(rows).encode(y=alt.Y("series:N", sort=names, title=None, axis=axis))
    colour = _hues("look", rows, looks)
    rule = base.mark_rule(aria=False, strokeWidth=2)
    dot = base.mark_point(filled=True, size=64, opacity=1, strokeWidth=2)
    layers = [
        rule.encode(x=_along(alt.X, x, "low"), x2="high:Q", color=colour),
        dot.encode(x=_along(alt.X, x), color=colour, description="tip:N"),
    ]
    if any(row.get("open") for row in rows):
        hollow = dot.transform_filter("datum.open").mark_point(
            filled=True, size=22, opacity=1, color=PAPER, aria=False
        )
        layers.append(hollow.encode(x=_along(alt.X, x)))
    if any(row.get("other") is not None for row in rows):
        diamond = base.mark_point(shape="diamond", size=64, color=INK, strokeWidth=1.4, opacity=1)
        layers.append(diamond.encode(x=_along(alt.X, x, "other"), description="other_tip:N"))
    if x.field == "difference":
        nought = _chart_of([{"at": 0}]).mark_rule(color=MUTED, aria=False)
        layers.insert(0, nought.encode(x="at:Q"))
    return _framed(alt.layer(*layers), frame)


def beside(charts: Sequence[Chart]) -> Chart:
    """Charts that share their rows, in one drawing."""
    return altair().hconcat(*charts)


def bars(rows: Rows, parts: Mapping[str, int], x: Axis, frame: Frame) -> Chart:
    """A bar for each `series`, made of its `part`s."""
    alt = altair()
    names = list(dict.fromkeys(row["series"] for row in rows))
    axis = alt.Axis(labelLimit=NAME_LIMIT, labelColor=INK)
    drawn = _chart_of(rows).mark_bar(height={"band": 0.7}, stroke=PAPER, strokeWidth=1.5)
    drawn = drawn.encode(
        y=alt.Y("series:N", sort=names, title=None, axis=axis),
        x=_along(alt.X, x),
        color=_part_colours(parts),
        order="order:Q",
        description="tip:N",
    )
    return _framed(drawn, frame)


def against_diagonal(rows: Rows, look: Look, x: Axis, y: Axis, frame: Frame) -> Chart:
    """Points with a cross of their spreads; on the diagonal both axes say the same."""
    alt = altair()
    low, high = x.ends or (0, 1)
    colour = HUE.format(look.hue)
    diagonal = _chart_of([{x.field: end, y.field: end} for end in (low, high)])
    base = _chart_of(rows)
    across = base.mark_rule(aria=False, color=colour, opacity=0.45, strokeWidth=1.6)
    point = base.mark_point(filled=True, size=80, opacity=1, color=colour)
    layers = (
        diagonal.mark_line(aria=False, color=MUTED, strokeDash=[4, 4], strokeWidth=1.2),
        across.encode(x=_along(alt.X, x, f"{x.field}_low"), x2=f"{x.field}_high:Q"),
        across.encode(y=_along(alt.Y, y, f"{y.field}_low"), y2=f"{y.field}_high:Q"),
        point.encode(description="tip:N"),
    )
    placed = alt.layer(*layers).encode(x=_along(alt.X, x), y=_along(alt.Y, y))
    return _framed(placed, frame)
