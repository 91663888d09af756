"""The evidence that a memory holds for the world and the tools of an episode."""

import math
import random
import warnings
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from nodes.evidence.estimate import Evidence, Round, learn
from nodes.evidence.facts import LARGEST_FACT, WINDOWS, guess_of
from nodes.evidence.pairs import Pairs, ShownRound, pairs_of
from nodes.parts import Parts
from simulator import plain
from stores import Entry, Origin, Row, origin_of, tick_of

LARGEST_ADVANTAGE = 10.0
LARGEST_SHARE, TIMES_THE_MEAN = 0.1, 2.0  # of the rounds, of one user: the larger of the two
PLACE_LIMIT = 100
MOST_PAIRED = 20_000  # rounds that tell of pairs, half a second of work
OUTCOME = ("stayed", "advantage")
OTHER_PLACE = (
    "holds {count} rounds that were learned elsewhere ({theirs}; here: {ours}): as evidence they "
    "would mislead, so they are left out; give these episodes another memory"
)

Played = tuple[Origin, str, Entry]


class _OfSession(Protocol):
    @property
    def session(self) -> int: ...


T = TypeVar("T", bound=_OfSession)


def place_of(parts: Parts, tools: Iterable[str]) -> str:
    """The world and the tools that evidence belongs to: over other ones it misleads."""
    world = parts.world
    name = f"{world.name}-{world.digest}" if world.digest else world.name
    return f"{name}: {', '.join(sorted(tools))}"


def entry_of(round_: Round, place: str) -> Entry:
    """What a round adds to the experience that a memory keeps of it."""
    told: dict[str, str | int | float] = {
        "stayed": int(round_.stayed),
        "advantage": round_.advantage,
        "place": place,
    }
    return {**told, **round_.facts}


def evidence(parts: Parts, tools: Sequence[str], names: Iterable[str]) -> Evidence | None:
    """What the memory says of rounds that have these facts; kept until more is committed."""
    place, names = place_of(parts, tools), frozenset(names)

    def make(rows: Sequence[Row]) -> Evidence | None:
        facts = [one for row in rows for one in row.entries.items() if "place" in one[1]]
        here = _of_place(rows, place, parts)
        if facts and not here:
            theirs = plain(str(facts[0][1]["place"]), PLACE_LIMIT)  # it may have been imported
            text = OTHER_PLACE.format(count=len(facts), theirs=theirs, ours=place)
            warnings.warn(f"the memory of {parts.arm.name} {text}", stacklevel=2)
        played = [(origin, one) for origin, _, entry in here if (one := _round(entry, names))]
        return learn(of_many_users(played)) if played else None

    return parts.memories.derive("experiences", (place, names, parts.arm.verdicts), make)


def known_pairs(parts: Parts, tools: Sequence[str]) -> Pairs:
    """What the memory's last rounds tell of pairs of items; kept until more is committed."""
    place = place_of(parts, tools)

    def make(rows: Sequence[Row]) -> Pairs:
        shown = [one for played in _of_place(rows, place, parts) if (one := _shown(*played))]
        last = sorted(shown, key=lambda one: one.at)[-MOST_PAIRED:]
        return pairs_of(of_many_users([(one.user, one) for one in last]), WINDOWS)

    return parts.memories.derive("experiences", (place, "pairs", parts.arm.verdicts), make)


def _of_place(rows: Sequence[Row], place: str, parts: Parts) -> list[Played]:
    """The rounds that were played there: whose, of which item, and what is known of them."""
    played = [
        (origin_of("experiences", item, entry), item, entry)
        for row in rows
        for item, entry in row.entries.items()
        if entry.get("place") == place
    ]
    return _shuffled(played) if parts.arm.verdicts == "shuffled" else played


def of_many_users(played: Sequence[tuple[Origin, T]]) -> list[T]:
    """The rounds, of each user no more than their share, the newest of those who have more."""
    counts = Counter(origin for origin, _ in played)
    most = most_of_one(list(counts.values()))
    if not counts or most >= max(counts.values()):
        return [one for _, one in played]
    newest = sorted(range(len(played)), key=lambda at: played[at][1].session, reverse=True)
    kept, taken = set[int](), Counter[Origin]()
    for at in newest:
        origin = played[at][0]
        if taken[origin] < most:
            taken[origin] += 1
            kept.add(at)
    return [one for at, (_, one) in enumerate(played) if at in kept]


def most_of_one(counts: Sequence[int]) -> int:
    """The most rounds of a user that are still within their share of all that are then left."""
    share = max(LARGEST_SHARE, TIMES_THE_MEAN / max(1, len(counts)))

    def is_within(most: int) -> bool:
        return most <= share * sum(min(count, most) for count in counts)

    low, high = 1, max(counts, default=1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if is_within(middle) else (low, middle - 1)
    return low


def _round(entry: Entry, names: Iterable[str]) -> Round | None:
    """The round that an entry tells of; None where a fact is missing or is no number."""
    known = {
        name: _number(entry.get(name, entry.get(guess_of(name))), LARGEST_FACT)
        for name in (*names, "stayed")
    }
    facts = {name: number for name, number in known.items() if number is not None}
    advantage = _number(entry.get("advantage"), LARGEST_ADVANTAGE)
    if len(facts) < len(known) or advantage is None:
        return None
    stayed = facts.pop("stayed") > 0
    return Round(facts=facts, stayed=stayed, advantage=advantage, session=tick_of(int(entry["at"])))


def _number(value: object, largest: float) -> float | None:
    """A number within what it can be, since a memory may have been imported."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(-largest, min(largest, float(value)))


def _shown(user: Origin, item: str, entry: Entry) -> ShownRound | None:
    """The round of an item; None where it is not told whether the user stayed."""
    stayed = _number(entry.get("stayed"), 1.0)
    at = int(entry["at"])
    return None if stayed is None else ShownRound(user, tick_of(at), at, item, stayed > 0)


def _shuffled(played: Sequence[Played]) -> list[Played]:
    """The same rounds and the same outcomes, each with the outcome of another."""
    dealt = random.Random(0).sample(list(played), len(played))
    return [
        (user, item, {**entry, **{name: other[name] for name in OUTCOME if name in other}})
        for (user, item, entry), (_, _, other) in zip(played, dealt, strict=True)
    ]
