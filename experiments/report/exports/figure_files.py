"""The figures of the page as files of their own, in the colours of its light theme."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from experiments.report.charts import LETTER_WIDTH, altair, line_width
from experiments.report.figure import WIDE, Figure, KeyMark
from experiments.report.markup import Html
from experiments.report.page import built_sections
from experiments.report.palette import DASHES
from experiments.report.print_colours import in_print
from experiments.report.report_data import ReportData
from experiments.report.svg import HUE, INK, MADE_UP, STEP

IN_A_ROW = 3  # panels
MARK, LINE_HEIGHT = 26, 20  # of a key


def collected_figures(data: ReportData) -> list[Figure]:
    """Every figure of the page, in its order."""
    altair()
    figures: list[Figure] = []

    def collect(figure: Figure, _: Html) -> Html:
        figures.append(figure)
        return Html("")

    built_sections(replace(data, draw=collect))
    return figures


def svg_of(figure: Figure) -> str:
    """A figure with its key, as it looks on white paper."""
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(in_print(_spec(figure), background=None))
    return drawn.replace(f'aria-label="{MADE_UP}', 'aria-label="')


def pdf_of(figure: Figure) -> bytes:
    """The same as a page of its own size."""
    import vl_convert

    content: bytes = vl_convert.svg_to_pdf(svg_of(figure))
    return content


def _spec(figure: Figure) -> dict[str, Any]:
    """One drawing: panels in rows, the key below."""
    specs: list[dict[str, Any]] = [chart.to_dict(validate=False) for chart in figure.charts]
    for spec in specs:
        spec.pop("config", None)
        spec.pop("autosize", None)  # only a drawing by itself may have it
    panels = {"concat": specs, "columns": IN_A_ROW} if len(specs) > 1 else specs[0]
    return {"vconcat": [panels, _key(figure.key)]} if figure.key else panels


def _key(marks: Sequence[KeyMark]) -> dict[str, Any]:
    """The names with their marks, in lines as wide as the drawing."""
    layers: list[dict[str, Any]] = []
    left, top = 0.0, 0
    for mark in marks:
        room = MARK + 6 + LETTER_WIDTH * len(mark.name) + 20
        if left and left + room > WIDE:
            left, top = 0.0, top + LINE_HEIGHT
        layers += _entry(mark, left, top + LINE_HEIGHT / 2)
        left += room
    height = top + LINE_HEIGHT
    scales = {"x": [0, WIDE], "y": [height, 0]}
    for layer in layers:
        for at in ("x", "y"):
            layer["encoding"][at] |= {"type": "quantitative", "axis": None}
            layer["encoding"][at]["scale"] = {"domain": scales[at], "nice": False, "zero": False}
    return {"width": WIDE, "height": height, "layer": layers, "data": {"values": [{}]}}


def _entry(mark: KeyMark, left: float, middle: float) -> Iterator[dict[str, Any]]:
    across = {"x": {"datum": left}, "x2": {"datum": left + MARK}, "y": {"datum": middle}}
    if mark.look:
        dash, colour = list(DASHES[mark.look.dash]), HUE.format(mark.look.hue)
        line = {"type": "rule", "strokeDash": dash, "strokeWidth": line_width(mark.look)}
        yield {"mark": {**line, "color": colour}, "encoding": across}
    else:
        box = {"type": "rect", "color": STEP.format(mark.step)}
        sides = {**across, "y": {"datum": middle - 6}, "y2": {"datum": middle + 6}}
        yield {"mark": box, "encoding": sides}
    text = {"type": "text", "align": "left", "baseline": "middle", "color": INK, "fontSize": 12}
    place = {"x": {"datum": left + MARK + 6}, "y": {"datum": middle}}
    yield {"mark": text, "encoding": {**place, "text": {"value": mark.name}}}
