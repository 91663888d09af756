"""Vega-Lite charts as SVG that obeys the page: no style of its own, colours by class."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree

from experiments.report.markup import Html, tag

INK, MUTED, GRID, PAPER = "#010101", "#020202", "#030303", "#040404"
HUE, STEP = "#0500{:02x}", "#0600{:02x}"
NAMES = {INK: "ink", MUTED: "muted", GRID: "grid", PAPER: "paper"}
COLOUR = re.compile(r"#0([56])00([0-9a-f]{2})")
KINDS = {"5": "hue", "6": "step"}
LEAVES = ("path", "line", "rect", "text")
PLACED = ("d", "x", "y", "x1", "x2", "y1", "y2", "width", "height", "transform", "text-anchor")
DRAWN = ("font-size", "font-weight", "stroke-width", "stroke-dasharray", "stroke-linecap")
FAINT = ("opacity", "fill-opacity", "stroke-opacity")
KEPT = frozenset((*PLACED, *DRAWN, *FAINT))
LONG_NUMBER = re.compile(r"-?\d+\.\d{3,}")
MADE_UP = "¦"  # starts descriptions that are ours and not Vega's

AXIS = {
    "labelColor": MUTED,
    "titleColor": MUTED,
    "domainColor": GRID,
    "tickColor": GRID,
    "gridColor": GRID,
    "labelFontSize": 11.5,
    "titleFontSize": 11.5,
    "titleFontWeight": "normal",
    "titlePadding": 8,
    "labelPadding": 5,
    "tickSize": 0,
    "domain": False,
}
CONFIG = {
    "background": None,
    "view": {"stroke": None},
    "axis": AXIS,
    "axisY": {"tickCount": 5},
    "axisX": {"tickCount": 5, "labelFlush": False},
    "title": {
        "color": INK,
        "fontSize": 13,
        "fontWeight": 600,
        "anchor": "start",
        "frame": "group",
        "offset": 10,
    },
    "concat": {"spacing": 24},
    "font": "Helvetica, Arial, sans-serif",
}


def render(spec: Mapping[str, Any], title: str, summary: str, name: str) -> Html:
    """Draws a chart; its text alternative is its title and a summary of what it shows."""
    import vl_convert

    root = ElementTree.fromstring(vl_convert.vegalite_to_svg({**spec, "config": CONFIG}))
    box = root.get("viewBox") or ""
    return tag(
        "svg",
        tag("title", title, id=f"{name}-title"),
        tag("desc", summary, id=f"{name}-desc"),
        *_drawn(root),
        viewBox=box,
        width=box.split()[2],
        height=box.split()[3],
        role="img",
        class_="chart",
        aria_labelledby=f"{name}-title",
        aria_describedby=f"{name}-desc",
    )


def _drawn(parent: ElementTree.Element) -> Iterator[Html]:
    for element in parent:
        name = element.tag.rpartition("}")[2]
        if name == "g":
            yield from _group(element)
        elif name in LEAVES and _seen(element):
            yield _leaf(name, element)


def _group(element: ElementTree.Element) -> Iterator[Html]:
    """A group that has attributes to keep, else only its content."""
    inside = list(_drawn(element))
    kept = _attributes(element, colours=False)
    if kept.get("transform") == "translate(0,0)":
        del kept["transform"]
    if inside and kept:
        yield tag("g", *inside, **kept)
    else:
        yield from inside


def _seen(element: ElementTree.Element) -> bool:
    if element.get("display") == "none" or element.get("d") == "":
        return False
    painted = (element.get("fill"), element.get("stroke"))
    return any(colour not in (None, "none", "transparent") for colour in painted)


def _leaf(name: str, element: ElementTree.Element) -> Html:
    label = element.get("aria-label") or ""
    inside: list[object] = [element.text] if name == "text" and element.text else []
    inside += [child.text for child in element] if name == "text" else []
    if label.startswith(MADE_UP):
        inside.append(tag("title", label.removeprefix(MADE_UP)))
    return tag(name, *inside, **_attributes(element, colours=True))


def _attributes(element: ElementTree.Element, *, colours: bool) -> dict[str, Any]:
    kept: dict[str, Any] = {
        key.replace("-", "_"): LONG_NUMBER.sub(
            lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value
        )
        for key, value in element.attrib.items()
        if key in KEPT and not (key == "opacity" and value == "1")
    }
    if colours:
        painted = [_class(kind, element.get(kind)) for kind in ("fill", "stroke")]
        kept["class_"] = " ".join(filter(None, painted))
    return kept


def _class(kind: str, colour: str | None) -> str:
    """The CSS class for one of our placeholder colours."""
    if colour in (None, "none", "transparent"):
        return ""
    known = COLOUR.fullmatch(str(colour))
    if known:
        return f"{kind}-{KINDS[known[1]]}-{int(known[2], 16)}"
    return f"{kind}-{NAMES.get(str(colour), 'ink')}"
