"""Items that kept earlier users who had just seen others: what reflections tell of their order.

Which of them suit the user at hand is for the Planner to say; what it names, the Actor is offered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nodes.asked import items_not_to_offer
from nodes.evidence.remembered import of_many_users
from nodes.expected import expected_ratings
from nodes.macro.reflection import read_fields
from nodes.parts import Parts
from nodes.state import EpisodeState
from nodes.trajectory import shown_items
from stores import USED_BY, Row, origin_of, tick_of

SPANS = (8, 4, 2)  # last rounds; for each the best item that went with all of them
FARTHEST = max(SPANS)
MOST_SESSIONS = 1_000  # that tell of items, a third of a second of work


@dataclass(frozen=True)
class Kept:
    """The items of a session after which the user stayed, in order; None for one unknown here."""

    session: int
    items: Sequence[int | None]


@dataclass(frozen=True)
class Routes:
    """In how many sessions an item kept the user, and how few rounds lay between two that did."""

    counts: Counter[int] = field(default_factory=Counter)
    gaps: Mapping[int, Mapping[int, int]] = field(default_factory=dict)

    def after(self, shown: Sequence[int], span: int) -> Sequence[int]:
        """The items that went with each of the last `span` of those shown, within `span` rounds."""
        found = list(self.counts)
        for other in shown[-span:]:
            near = self.gaps.get(other, {})
            found = [item for item in found if near.get(item, FARTHEST + 1) <= span]
        return found


def suggested(state: EpisodeState, parts: Parts, tools: Sequence[str]) -> list[int]:
    """For each span the best item for this user, as far as the tools tell ratings."""
    routes = _routes(parts)
    if not routes.counts:
        return []
    catalogue, shown = parts.world.catalogue, shown_items(state, parts.world.catalogue)
    taken = set(items_not_to_offer(state, catalogue))
    worth = routes.counts if "taste" not in tools else _rated(state, parts, routes)
    found: list[int] = []
    for span in SPANS:
        left = [item for item in routes.after(shown, span) if item not in taken]
        if left:
            found.append(max(left, key=lambda item: (worth[item], -item)))
            taken.add(found[-1])
    return found


def _rated(state: EpisodeState, parts: Parts, routes: Routes) -> Mapping[int, float]:
    """What the user is expected to rate items; how often they kept one, if nothing is expected."""
    items = list(routes.counts)
    ratings = expected_ratings(state["user"], state["steps"], parts, items)
    return routes.counts if ratings is None else dict(zip(items, ratings.tolist(), strict=True))


def _routes(parts: Parts) -> Routes:
    """What the memory's last reflections tell; kept until more is committed."""
    genres = parts.catalogue_search.genres

    def make(rows: Sequence[Row]) -> Routes:
        told = [
            (origin_of("reflections", key, entry), Kept(tick_of(int(entry["at"])), read.kept))
            for row in rows
            if (read := read_fields(row.fields, parts.world.catalogue, genres)) and read.kept
            for key, entry in row.entries.items()
            if not key.startswith(USED_BY)
        ]
        told.sort(key=lambda one: one[1].session)
        return _routes_of(of_many_users(told[-MOST_SESSIONS:]))

    return parts.memories.derive(
        "reflections", ("routes", parts.world.name, parts.world.digest), make
    )


def _routes_of(sessions: Iterable[Kept]) -> Routes:
    counts, gaps = Counter[int](), defaultdict[int, dict[int, int]](dict)
    for session in sessions:
        counts.update({item for item in session.items if item is not None})
        for place, item in enumerate(session.items):
            before = session.items[max(0, place - FARTHEST) : place]
            for gap, other in enumerate(reversed(before), start=1):
                if item is not None and other is not None:
                    least = min(gap, gaps[item].get(other, FARTHEST))
                    gaps[item][other] = gaps[other][item] = least
    return Routes(counts, dict(gaps))
