"""The items that the Actor is offered for a round, all of them new to the user."""

import random
from collections.abc import Sequence
from typing import NamedTuple

from nodes.parts import Parts
from nodes.prompts import section
from nodes.state import EpisodeState
from nodes.trajectory import item_text, items_of, shown_items
from simulator import Catalogue

OFFERED = 6


class Candidate(NamedTuple):
    """An item, and the rating that the taste tool expects of the user."""

    item: int
    rating: float | None = None


def candidates(state: EpisodeState, query: str, parts: Parts, *, rated: bool) -> list[Candidate]:
    """The items that match a query; with the taste tool, those that it rates best.

    Users absent from the log get no expected ratings.
    """
    catalogue, user = parts.world.catalogue, state["user"]
    exclude = [*shown_items(state, catalogue), *items_of(state["history"], catalogue)]
    found = parts.catalogue_search.search(query, exclude)
    if rated and isinstance(user, int):
        best = parts.catalogue_search.rated(user, found)
        return [Candidate(one.item, one.rating) for one in best[:OFFERED]]
    return [Candidate(item) for item in found[:OFFERED]]


def shuffled(offered: Sequence[Candidate], state: EpisodeState, seed: int) -> list[Candidate]:
    """The candidates in an order that depends on seed, user and round, but not on their rank.

    Models favour what stands first: without this, rank would choose.
    """
    dice = random.Random(f"{seed} {state['user']} {len(state['steps'])}")
    return dice.sample(list(offered), len(offered))


def candidates_text(offered: Sequence[Candidate], catalogue: Catalogue, *, numbered: bool) -> str:
    """The section of a prompt that lists the candidates."""
    heading = "Catalogue (new to the user"
    if any(one.rating is not None for one in offered):
        heading += "; ~ is the expected rating"
    lines = []
    for number, (item, rating) in enumerate(offered, 1):
        mark = f"{number}." if numbered else "-"
        expected = "" if rating is None else f" ~{rating:.1f}"
        lines.append(f"{mark} {item_text(catalogue.titles[item], catalogue)}{expected}")
    return section(f"{heading})", "\n".join(lines))
