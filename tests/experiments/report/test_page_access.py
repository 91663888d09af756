"""That everybody can read the page: headings, labels, tables, both themes."""

import re
from itertools import combinations, pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from experiments.report.palette import HUES
from graph.app.files import THEME
from tests.experiments.report.parsed import Page

Floats = NDArray[np.float64]
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(
        r"--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)", THEME.read_text()
    )
}
THEMES = {"light": 0, "dark": 1}
# What of red, green and blue is seen by those who lack one kind of cone (Machado et al. 2009).
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
}


TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def linear(colour: str) -> Floats:
    channels = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(first: str, second: str) -> float:
    light, dark = sorted(linear(c) @ (0.2126, 0.7152, 0.0722) for c in (first, second))[::-1]
    return float((light + 0.05) / (dark + 0.05))


def lab(rgb: Floats) -> Floats:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt((to_xyz @ np.clip(rgb, 0, 1)) / (0.9505, 1.0, 1.089))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("name", "least"), [("ink", 7.0), ("muted", 4.5), ("link", 4.5), ("warn", 4.5), ("good", 4.5)]
)
@pytest.mark.parametrize("ground", ["paper", "raised", "mark"])
def test_text_stands_out_from_its_ground(theme: str, name: str, least: float, ground: str) -> None:
    at = THEMES[theme]
    assert contrast(COLOURS[name][at], COLOURS[ground][at]) >= least


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("hue", range(HUES))
def test_lines_stand_out_from_the_page(theme: str, hue: int) -> None:
    at = THEMES[theme]
    assert contrast(COLOURS[f"hue-{hue}"][at], COLOURS["paper"][at]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("blindness", BLINDNESS)
def test_colours_of_variants_differ_for_those_who_see_fewer(theme: str, blindness: str) -> None:
    seen = [
        lab(np.array(BLINDNESS[blindness]) @ linear(COLOURS[f"hue-{hue}"][THEMES[theme]]))
        for hue in range(HUES)
    ]
    nearest = min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2))
    assert nearest >= 14


def test_headings_leave_out_no_level(parsed: Page) -> None:
    levels = [int(name[1]) for name, _ in parsed.elements if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_every_id_is_there_once_and_every_reference_leads_somewhere(parsed: Page) -> None:
    found = parsed
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {a["href"] for a in found.all("a") if str(a.get("href")).startswith("#")}
    assert {str(name)[1:] for name in named} <= set(ids)
    for _, attributes in found.elements:
        for key in ("aria-labelledby", "aria-describedby"):
            assert set(str(attributes.get(key) or "").split()) <= set(ids)


def test_every_drawing_tells_what_it_shows(parsed: Page) -> None:
    charts = [a for a in parsed.all("svg") if a.get("role") == "img"]
    assert len(charts) > 20
    assert all(a.get("aria-labelledby") and a.get("aria-describedby") for a in charts)
    others = [a for a in parsed.all("svg") if a.get("role") != "img"]
    assert all(a.get("aria-hidden") == "true" for a in others)


def test_tables_have_captions_and_headers_with_a_direction(parsed: Page) -> None:
    found = parsed
    assert len(found.all("caption")) == len(found.all("table"))
    assert {a.get("scope") for a in found.all("th")} == {"col", "row", "rowgroup"}


def test_what_scrolls_can_be_reached_by_keyboard(parsed: Page) -> None:
    boxes = [a for a in parsed.all("div") if a.get("class") == "scroll"]
    assert boxes
    assert all(a.get("tabindex") == "0" and a.get("aria-label") for a in boxes)


def test_a_variant_has_one_colour_in_all_charts_and_tables(page: str) -> None:
    swatches = re.findall(r'class="fill-hue-(\d)"></circle></svg> ([\w-]+)</span>', page)
    keys = re.findall(r'class="stroke-hue-(\d)"></line></svg> ([\w-]+)</li>', page)
    looks = {(name, hue) for hue, name in swatches + keys}
    names = {"billp", "reflexion", "react", "act-only", "random"}
    assert len({name for name, _ in looks} & names) == len(names)
    assert len({pair for pair in looks if pair[0] in names}) == len(names)
