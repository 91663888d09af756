"""The shapes of charts that the report is drawn with, in Altair."""

from collections.abc import Mapping, Sequence

from experiments.report.encodings import (
    NAME_LIMIT,
    Axis,
    Chart,
    Frame,
    Rows,
    along,
    altair,
    chart_of,
    dashes,
    framed,
    hues,
    part_colours,
)
from experiments.report.palette import Look
from experiments.report.svg import INK, MUTED, PAPER

MOST_BANDS = 8  # in one chart


def lines(rows: Rows, looks: Mapping[str, Look], x: Axis, y: Axis, frame: Frame) -> Chart:
    """A line for each `series`, with a band from `low` to `high` where these are known."""
    alt = altair()
    base = chart_of(rows).encode(x=along(alt.X, x), color=hues("series", rows, looks))
    line = base.mark_line(aria=False, strokeWidth=2)
    layers = [line.encode(y=along(alt.Y, y), strokeDash=dashes(rows, looks))]
    few = len({row["series"] for row in rows}) <= MOST_BANDS
    if few and any(row.get("low") is not None for row in rows):
        band = base.mark_area(aria=False, opacity=0.12)
        layers.insert(0, band.encode(y=along(alt.Y, y, "low"), y2="high:Q"))
    dots = base.mark_point(filled=True, size=26, opacity=1)
    layers.append(dots.encode(y=along(alt.Y, y), description="tip:N"))
    return framed(alt.layer(*layers), frame)


def bands(names: Sequence[str]) -> str:
    """The sentence that explains the bands of `lines`, if these are drawn."""
    return "Bands are 95 % intervals. " if len(names) <= MOST_BANDS else ""


def steps(rows: Rows, looks: Mapping[str, Look], x: Axis, y: Axis, frame: Frame) -> Chart:
    """A falling staircase for each `series`."""
    alt = altair()
    line = chart_of(rows).mark_line(aria=False, strokeWidth=2, interpolate="step-after")
    drawn = line.encode(
        x=along(alt.X, x),
        y=along(alt.Y, y),
        color=hues("series", rows, looks),
        strokeDash=dashes(rows, looks),
    )
    return framed(drawn, frame)


def areas(rows: Rows, parts: Mapping[str, str], x: Axis, y: Axis, frame: Frame) -> Chart:
    """Shares that fill the height, part by part, in steps."""
    alt = altair()
    drawn = chart_of(rows).mark_area(interpolate="step-after", aria=False)
    drawn = drawn.encode(
        x=along(alt.X, x), y=along(alt.Y, y), color=part_colours(parts), order="order:Q"
    )
    return framed(drawn, frame)


def dots(rows: Rows, looks: Mapping[str, Look], x: Axis, frame: Frame, named: bool) -> Chart:
    """A row for each `series`: a dot with its interval, and a diamond at `other` if there is one.

    A dot is filled unless the row is `open`.
    """
    alt = altair()
    names = list(dict.fromkeys(row["series"] for row in rows))
    axis = alt.Axis(labels=named, labelLimit=NAME_LIMIT, labelColor=INK, grid=True)
    base = chart_of(rows).encode(y=alt.Y("series:N", sort=names, title=None, axis=axis))
    colour = hues("look", rows, looks)
    rule = base.mark_rule(aria=False, strokeWidth=2)
    dot = base.mark_point(filled=True, size=64, opacity=1, strokeWidth=2)
    layers = [
        rule.encode(x=along(alt.X, x, "low"), x2="high:Q", color=colour),
        dot.encode(x=along(alt.X, x), color=colour, description="tip:N"),
    ]
    if any(row.get("open") for row in rows):
        hollow = dot.transform_filter("datum.open").mark_point(
            filled=True, size=22, opacity=1, color=PAPER, aria=False
        )
        layers.append(hollow.encode(x=along(alt.X, x)))
    if any(row.get("other") is not None for row in rows):
        diamond = base.mark_point(shape="diamond", size=64, color=INK, strokeWidth=1.4, opacity=1)
        layers.append(diamond.encode(x=along(alt.X, x, "other"), description="other_tip:N"))
    if x.field == "difference":
        nought = chart_of([{"at": 0}]).mark_rule(color=MUTED, aria=False)
        layers.insert(0, nought.encode(x="at:Q"))
    return framed(alt.layer(*layers), frame)


def beside(charts: Sequence[Chart]) -> Chart:
    """Charts that share their rows, in one drawing."""
    return altair().hconcat(*charts)


def bars(rows: Rows, parts: Mapping[str, str], x: Axis, frame: Frame) -> Chart:
    """A bar for each `series`, made of its `part`s."""
    alt = altair()
    names = list(dict.fromkeys(row["series"] for row in rows))
    axis = alt.Axis(labelLimit=NAME_LIMIT, labelColor=INK)
    drawn = chart_of(rows).mark_bar(height={"band": 0.7}, stroke=PAPER, strokeWidth=1.5)
    drawn = drawn.encode(
        y=alt.Y("series:N", sort=names, title=None, axis=axis),
        x=along(alt.X, x),
        color=part_colours(parts),
        order="order:Q",
        description="tip:N",
    )
    return framed(drawn, frame)


def spans(rows: Rows, looks: Mapping[str, Look], x: Axis, y: Axis, frame: Frame) -> Chart:
    """At each place along x a spread for each `series`: nearly all, the middle half, a dot."""
    alt = altair()
    base = chart_of(rows).encode(
        x=alt.X(f"{x.field}:N", title=x.title, sort=None, axis=alt.Axis(labelAngle=0)),
        xOffset=alt.XOffset("series:N", sort=list(looks)),
        color=hues("series", rows, looks),
    )
    thin = base.mark_rule(aria=False, strokeWidth=1.5)
    thick = base.mark_rule(aria=False, strokeWidth=7, opacity=0.35)
    dot = base.mark_point(filled=True, size=46, opacity=1)
    layers = (
        thin.encode(y=along(alt.Y, y, "low"), y2="high:Q"),
        thick.encode(y=along(alt.Y, y, "lower"), y2="upper:Q"),
        dot.encode(y=along(alt.Y, y), description="tip:N"),
    )
    return framed(alt.layer(*layers), frame)
