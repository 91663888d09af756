"""Charts by themselves, outside the page: its light colours in place of the placeholders."""

import json
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from experiments.report.svg import COLOUR, CONFIG, GRID, INK, KINDS, MUTED, PAPER
from graph.app.files import THEME

ASSETS = Path(__file__).parent / "assets"
LIGHT = re.compile(r"--([\w-]+): light-dark\((#[0-9a-f]{6}),")
FILL = re.compile(r"\.fill-([\w-]+) \{ fill: var\(--([\w-]+)\)")
WHITE = "#ffffff"


def in_print(spec: Mapping[str, Any], background: str | None = WHITE) -> dict[str, Any]:
    """The same chart with the look of the page on white paper, painted white or left open."""
    config = {**CONFIG, "background": background}
    text = json.dumps({**spec, "config": config})
    for placeholder, name in ((INK, "ink"), (MUTED, "muted"), (GRID, "grid")):
        text = text.replace(placeholder, _light()[name])
    text = text.replace(PAPER, WHITE)
    whole: dict[str, Any] = json.loads(COLOUR.sub(_colour, text))
    return whole


def _colour(placeholder: re.Match[str]) -> str:
    """The light colour of one of the palette's hues or steps."""
    return _light()[f"{KINDS[placeholder[1]]}-{int(placeholder[2], 16)}"]


@cache
def _light() -> Mapping[str, str]:
    """The light colours of the theme, and of the classes that paint with them."""
    theme = dict(LIGHT.findall(THEME.read_text(encoding="utf-8")))
    painted = FILL.findall((ASSETS / "content.css").read_text(encoding="utf-8"))
    return {**theme, **{name: theme[variable] for name, variable in painted}}
