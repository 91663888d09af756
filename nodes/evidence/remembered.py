"""The evidence that a memory holds for the world and the tools of an episode."""

import math
import random
import warnings
from collections.abc import Iterable, Sequence

from nodes.evidence.estimate import Evidence, Round, learn
from nodes.parts import Parts
from simulator import plain
from stores import ROUNDS_PER_TICK, Entry, Row

LARGEST = 10.0
PLACE_LIMIT = 100
OTHER_PLACE = (
    "holds {count} rounds that were learned elsewhere ({theirs}; here: {ours}): as evidence they "
    "would mislead, so they are left out; give these episodes another memory"
)


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
        entries = [entry for row in rows for entry in row.entries.values() if "place" in entry]
        here = [entry for entry in entries if entry["place"] == place]
        if entries and not here:
            theirs = plain(str(entries[0]["place"]), PLACE_LIMIT)  # it may have been imported
            text = OTHER_PLACE.format(count=len(entries), theirs=theirs, ours=place)
            warnings.warn(f"the memory of {parts.arm.name} {text}", stacklevel=2)
        rounds = [one for entry in here if (one := _round(entry, names))]
        if parts.arm.verdicts == "shuffled":
            rounds = _shuffled(rounds)
        return learn(rounds) if rounds else None

    return parts.memories.derive("experiences", (place, names, parts.arm.verdicts), make)


def _round(entry: Entry, names: Iterable[str]) -> Round | None:
    """The round that an entry tells of; None where a fact is missing or is no number."""
    known = {name: _number(entry.get(name)) for name in (*names, "stayed", "advantage")}
    numbers = {name: number for name, number in known.items() if number is not None}
    if len(numbers) < len(known):
        return None
    return Round(
        facts={name: numbers[name] for name in names},
        stayed=numbers["stayed"] > 0,
        advantage=numbers["advantage"],
        session=int(entry["at"]) // ROUNDS_PER_TICK,
    )


def _number(value: object) -> float | None:
    """A number within what facts can be, since a memory may have been imported."""
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return max(-LARGEST, min(LARGEST, float(value)))


def _shuffled(rounds: Sequence[Round]) -> list[Round]:
    """The same rounds and the same outcomes, each with the outcome of another."""
    dealt = random.Random(0).sample(list(rounds), len(rounds))
    return [
        Round(one.facts, other.stayed, other.advantage, one.session)
        for one, other in zip(rounds, dealt, strict=True)
    ]
