"""A picture of a world in the look of the report's page, for print: PNG and SVG.

Above, what its users like and how alike its items are; in the middle, how long the reference
policies last and why users leave; below, where greed stops and planning pays.
"""

from pathlib import Path

import durable
from experiments.commands.world_views import panels
from experiments.commands.world_views.panels import Spec
from experiments.errors import MissingExtraError
from experiments.report.print_colours import in_print
from experiments.report.svg import MUTED
from simulator.folder import Card

WIDTH = 900  # from the first axis to the right edge
LENGTHS_WIDTH, CAUSES_WIDTH = 410, 325  # the key stands beside the causes
ABOVE_HEIGHT, BELOW_HEIGHT = 170, 150
GAP, AXIS_ROOM = 34, 55
DOTS_PER_POINT = 3  # of the PNG: 300 dots an inch, where the SVG has 96
TITLE = {
    "fontSize": 20,
    "offset": 22,
    "subtitleColor": MUTED,
    "subtitleFontSize": 13,
    "subtitlePadding": 6,
}


def draw_world(name: str, card: Card, folder: Path) -> list[Path]:
    """Writes `world.png` and `world.svg` into a folder, and returns their paths."""
    try:
        import vl_convert
    except ImportError as error:
        raise MissingExtraError("pictures", "report") from error
    spec = in_print(world_spec(name, card))
    drawn = {
        "world.png": vl_convert.vegalite_to_png(spec, scale=DOTS_PER_POINT),
        "world.svg": vl_convert.vegalite_to_svg(spec).encode(),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, content in drawn.items():
        durable.replace(folder / file, content)
    return [folder / file for file in drawn]


def world_spec(name: str, card: Card) -> Spec:
    """The whole picture as Vega-Lite, in the placeholder colours of the report."""
    drawn = (panels.ratings(card), panels.rewards(card), panels.distances(card))
    above = [panel for panel in drawn if panel]
    middle = [
        panels.lengths(card) | {"width": LENGTHS_WIDTH},
        panels.causes(card) | {"width": CAUSES_WIDTH},
    ]
    below = list(panels.frontiers(card))
    return {
        "title": {"text": f"World {name}", "subtitle": _sizes(card), **TITLE},
        "padding": 20,
        "spacing": GAP,
        "vconcat": [
            {"hconcat": _alike(above, ABOVE_HEIGHT, GAP + AXIS_ROOM), "spacing": GAP},
            {"hconcat": middle, "spacing": GAP},
            {"hconcat": _alike(below, BELOW_HEIGHT, GAP), "spacing": GAP},
        ],
        "resolve": {"scale": {"color": "independent"}},
    }


def _alike(row: list[Spec], height: int, between: int) -> list[Spec]:
    """Panels of one size that fill the width."""
    width = (WIDTH - (len(row) - 1) * between) // len(row)
    return [panel | {"width": width, "height": height} for panel in row]


def _sizes(card: Card) -> list[str]:
    sizes, beta = card["statistics"], card["rule"]["beta"]
    rated = f"{sizes['train'] + sizes['test']:,} ratings" if "train" in sizes else "made by code"
    return [
        f"{sizes['users']:,} users, {sizes['items']:,} items, {rated}. Items nearer than "
        f"{beta:.3g} (beta) to one of the last {card['rule']['window']} bore users."
    ]
