"""The items that the Actor is offered for a round, all of them new to the user."""

import random
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np

from nodes import prompts
from nodes.announce import OfferedEvent, OfferedItem
from nodes.asked import items_not_to_offer, wish_of
from nodes.catalogue.nearest import largest
from nodes.evidence.estimate import Evidence
from nodes.evidence.facts import ALIKE, NO_PAIRS, Facts, known_of
from nodes.evidence.remembered import evidence, known_pairs
from nodes.expected import expected_ratings
from nodes.parsing.query import titles_named
from nodes.parts import Parts
from nodes.prompts import section
from nodes.state import EpisodeState
from nodes.trajectory import item_text, shown_items
from simulator import Catalogue
from simulator.arrays import Ratings

OFFERED = 10
NAMED, SEARCHED, BEST = 3, 2, 1  # of those, at most; kinds that rest have the other places
RESTS = (2, 4, 8, 16, 3, 6, 12)  # rounds for which a kind has rested, an item each


class Support(NamedTuple):
    """How many of a hundred users stayed in such rounds, and the rounds' mean advantage."""

    stayed: int
    advantage: float


@dataclass(frozen=True)
class Candidate:
    """An item and what the Actor is told of it; `alike` is the last round that showed its kind."""

    item: int
    rating: float | None = None
    alike: int | None = None
    support: Support | None = None


@dataclass(frozen=True)
class Offer:
    """The candidates of a round, and the evidence that their lines tell, if any."""

    candidates: Sequence[Candidate] = ()
    evidence: Evidence | None = None


def offer(
    state: EpisodeState, query: str, parts: Parts, tools: Sequence[str], *, told: bool
) -> Offer:
    """The candidates from the arm's sources, with the evidence there is if that is to be `told`.

    Users absent from the log get no expected ratings, and only what the plan names and the search
    finds.
    """
    shown, steps = shown_items(state, parts.world.catalogue), state["steps"]
    ratings = expected_ratings(state["user"], steps, parts)
    items = list(islice(dict.fromkeys(_sourced(state, query, ratings, parts, tools)), OFFERED))
    expected = None if ratings is None else ratings[items]
    known = known_of(items, steps, expected, parts, known_pairs(parts, tools) if told else NO_PAIRS)
    found = evidence(parts, tools, known[0].facts) if told and known else None
    rated = ratings if "taste" in tools else None
    candidates = [
        Candidate(
            item,
            rating=None if rated is None else float(rated[item]),
            alike=None if one.alike_ago is None else len(shown) + 1 - one.alike_ago,
            support=_support(found, one.facts) if found else None,
        )
        for item, one in zip(items, known, strict=True)
    ]
    return Offer(candidates, found)


def _sourced(
    state: EpisodeState, query: str, ratings: Ratings | None, parts: Parts, tools: Sequence[str]
) -> Iterator[int]:
    """Items of the sources, each with its share, then more of what the search finds.

    Items that the plan names come first. What a person wishes for is what the search finds for it.
    """
    catalogue = parts.world.catalogue
    exclude = items_not_to_offer(state, catalogue)
    found = parts.catalogue_search.search(query, exclude) if "search" in tools else []
    if found and wish_of(state):
        yield from found
        return
    if {"best", "rested", "taste"}.isdisjoint(tools):
        yield from found
        return
    named = _named(state["thought"], exclude, parts) if "search" in tools else []
    if ratings is None:
        yield from named
        yield from found
        return
    left = ratings.copy()  # without those that are offered already
    found = sorted((item for item in found if item not in named), key=lambda item: -left[item])
    planned = [*named, *found[: max(0, SEARCHED - len(named))]]
    yield from planned
    left[[*exclude, *planned]] = -np.inf
    if "best" in tools:
        for item in best_first(left, BEST):
            yield item
            left[item] = -np.inf
    if "rested" in tools:
        nearest = parts.likeness.nearest(shown_items(state, catalogue), RESTS)
        for rounds in RESTS:
            for item in best_first(np.where(nearest[rounds] < ALIKE, left, -np.inf), 1):
                yield item
                left[item] = -np.inf
    yield from found
    if "best" in tools:
        yield from best_first(left, OFFERED)


def _named(thought: str, exclude: Collection[int], parts: Parts) -> list[int]:
    """The items that a plan names, as it may spell them."""
    titles = list(dict.fromkeys(titles_named(thought)))[: 2 * NAMED]
    found = dict.fromkeys(parts.grounder.named(title) for title in titles)
    return [item for item in found if item is not None and item not in exclude][:NAMED]


def best_first(ratings: Ratings, count: int) -> list[int]:
    """The best-rated items, those with no rating left out."""
    return [int(item) for item in largest(ratings, count) if ratings[item] > -np.inf]


def _support(found: Evidence, known: Facts) -> Support:
    return Support(round(100 * found.stay(known)), round(found.advantage(known), 1))


def shortlisted(offered: Offer, most: int) -> Offer:
    """So many candidates, those after which most users stayed; without evidence all of them."""
    if not offered.evidence:
        return offered

    def stayed(one: Candidate) -> int:
        return one.support.stayed if one.support else 0

    return replace(offered, candidates=sorted(offered.candidates, key=stayed, reverse=True)[:most])


def shuffled(offered: Sequence[Candidate], state: EpisodeState, seed: int) -> list[Candidate]:
    """The candidates in an order that depends on seed, user and round, but not on their rank.

    Models favour what stands first: without this, rank would choose.
    """
    dice = random.Random(f"{seed} {state['user']} {len(state['steps'])}")
    return dice.sample(list(offered), len(offered))


def offered_event(offered: Offer, round_: int, catalogue: Catalogue) -> OfferedEvent:
    """The candidates as those who watch are told of them."""
    told = [
        OfferedItem(
            item=catalogue.titles[one.item],
            genres=list(catalogue.genres[one.item]),
            rating=None if one.rating is None else round(one.rating, 1),
            alike=one.alike,
            stayed=one.support.stayed if one.support else None,
            advantage=one.support.advantage if one.support else None,
        )
        for one in offered.candidates
    ]
    rounds = offered.evidence.rounds if offered.evidence else 0
    return OfferedEvent(event="offered", round=round_, evidence=rounds, candidates=told)


def candidates_text(offered: Offer, catalogue: Catalogue, *, numbered: bool) -> str:
    """The section of a prompt that lists the candidates."""
    lines = []
    for number, one in enumerate(offered.candidates, 1):
        mark = f"{number}." if numbered else "-"
        text = item_text(catalogue.titles[one.item], catalogue)
        lines.append(f"{mark} {text}{_told(one)}")
    return section(f"Catalogue ({_legend(offered)})", "\n".join(lines))


def _told(one: Candidate) -> str:
    """What a line says after an item's title and genres."""
    rating = "" if one.rating is None else f" ~{one.rating:.1f}"
    kind = "" if one.alike is None else f", like round {one.alike}"
    said = ""
    if one.support:
        support = one.support
        said = prompts.STAYED.format(stayed=support.stayed, advantage=support.advantage)
    return rating + kind + said


def _legend(offered: Offer) -> str:
    """What the marks of the lines mean, as far as they occur."""
    said = ["new to the user"]
    if any(one.rating is not None for one in offered.candidates):
        said.append("~ expected rating")
    if any(one.alike is not None for one in offered.candidates):
        said.append("like: last round of that kind")
    if offered.evidence:
        said.append(prompts.STAYED_LEGEND.format(rounds=offered.evidence.rounds))
    return "; ".join(said)
