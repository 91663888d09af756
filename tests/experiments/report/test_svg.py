"""Charts as they come onto the page."""

import re
from typing import Any
from xml.etree import ElementTree

import pytest

from experiments.report import charts
from experiments.report.charts import Axis, Frame, tip
from experiments.report.palette import BILLP, Look
from experiments.report.svg import render
from tests.experiments.made_runs import HOSTILE

LOOKS = {"a": Look(0, 0), HOSTILE: Look(3, 1)}
ROWS = [
    {"series": name, "look": name, "at": at, "mean": at + 1.0, "low": 0.5, "high": at + 2.0}
    | {"tip": tip(f"{name} at {at}"), "open": at == 1}
    for name in LOOKS
    for at in (1, 2, 3)
]
PARTS = {"one": 0, HOSTILE: 1}
SHARES = [
    {"series": name, "part": part, "order": order, "share": 0.5, "round": 1, "tip": tip("half")}
    for name in LOOKS
    for order, part in enumerate(PARTS)
]
FRAME = Frame(300, 200, HOSTILE)
DRAWN = {
    "lines": lambda: charts.lines(ROWS, LOOKS, Axis("at", "x"), Axis("mean", "y"), FRAME),
    "steps": lambda: charts.steps(ROWS, LOOKS, Axis("at", "x"), Axis("mean", "y"), FRAME),
    "dots": lambda: charts.dots(ROWS, LOOKS, Axis("mean", ""), FRAME, True),
    "against_diagonal": lambda: charts.against_diagonal(
        [
            {"at": 1.0, "at_low": 0.5, "at_high": 1.5, "mean": 2.0, "mean_low": 1.0}
            | {"mean_high": 3.0, "tip": tip("one")}
        ],
        LOOKS["a"],
        Axis("at", "x", (0, 4)),
        Axis("mean", "y", (0, 4)),
        FRAME,
    ),
    "bars": lambda: charts.bars(SHARES, PARTS, Axis("share", "", (0, 1), "%"), FRAME),
    "areas": lambda: charts.areas(
        SHARES, PARTS, Axis("round", ""), Axis("share", "", (0, 1)), FRAME
    ),
}


@pytest.fixture(params=DRAWN)
def drawn(request: pytest.FixtureRequest) -> str:
    spec: dict[str, Any] = DRAWN[request.param]().to_dict()
    return render(spec, "A title & more", HOSTILE, "chart-1")


def test_a_chart_is_sound_xml_of_known_elements(drawn: str) -> None:
    names = {element.tag for element in ElementTree.fromstring(drawn).iter()}
    assert names <= {"svg", "title", "desc", "g", "path", "line", "rect", "text"}
    assert names & {"path", "line"}


def test_a_chart_has_no_colour_or_style_of_its_own(drawn: str) -> None:
    for element in ElementTree.fromstring(drawn).iter():
        assert not {"fill", "stroke", "style", "font-family"} & set(element.attrib)
    assert not re.search("#[0-9a-f]{6}", drawn)


def test_what_is_painted_is_painted_by_a_class_of_the_theme(drawn: str) -> None:
    root = ElementTree.fromstring(drawn)
    classes = {c for e in root.iter() for c in e.get("class", "").split() if e is not root}
    assert classes
    assert all(
        re.fullmatch(r"(fill|stroke)-(ink|muted|grid|paper|hue-\d|step-\d)", c) for c in classes
    )


def test_a_chart_scales_and_tells_its_name(drawn: str) -> None:
    root = ElementTree.fromstring(drawn)
    assert root.get("viewBox")
    assert root.get("role") == "img"
    assert root.findtext("title") == "A title & more"
    assert root.findtext("desc") == HOSTILE


def test_marks_tell_their_figures_when_pointed_at() -> None:
    svg = render(DRAWN["lines"]().to_dict(), "t", "s", "c")
    told = [element.text for element in ElementTree.fromstring(svg).iter("title")][1:]
    assert sorted(map(str, told)) == sorted(f"{row['series']} at {row['at']}" for row in ROWS)


def test_billps_line_is_the_strong_one_also_when_it_is_alone() -> None:
    for looks in ({"billp": Look(BILLP, 0)}, {"a": Look(4, 0), "billp": Look(BILLP, 0)}):
        rows = [{**row, "series": name} for name in looks for row in ROWS[:3]]
        chart = charts.lines(rows, looks, Axis("at", "x"), Axis("mean", "y"), FRAME)
        svg = render(chart.to_dict(), "t", "s", "c")
        widths = re.findall(r'stroke-width="([\d.NaN]+)" stroke-dasharray[^>]*stroke-hue-(\d)', svg)
        assert {(float(width), int(hue)) for width, hue in widths} == {
            (charts.line_width(look), look.hue) for look in looks.values()
        }


def test_lines_for_comparison_are_grey() -> None:
    rows = [{**row, "faint": row["series"] != "a"} for row in ROWS]
    chart = charts.lines(rows, LOOKS, Axis("at", "x"), Axis("mean", "y"), FRAME)
    svg = render(chart.to_dict(), "t", "s", "c")
    assert set(re.findall(r"stroke-hue-\d", svg)) == {"stroke-hue-0"}
    assert "stroke-muted" in svg
