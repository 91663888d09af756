"""The rows of memories: one per text, with the facts learned about it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

MemoryName = Literal["reflections", "experiences", "values"]
MEMORIES: tuple[MemoryName, ...] = get_args(MemoryName)

Entry = Mapping[str, str | int | float]
ENTRY_LIMIT = 32  # facts kept per row, the newest
ROUNDS_PER_TICK = 1000  # stamps order episodes first, then rounds within one


@dataclass(frozen=True)
class Row:
    """A text with facts by key, each with a time `at`; `touched` is the last write or use."""

    text: str
    entries: Mapping[str, Entry]
    touched: int = 0

    @property
    def id(self) -> str:
        """A hash of the text, so that writing a text again updates its row."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def newest(self) -> list[tuple[str, Entry]]:
        """The facts, newest first."""
        return sorted(self.entries.items(), key=lambda fact: _order(fact[1]), reverse=True)


def merge(old: Row | None, new: Row) -> Row:
    """Merges two rows of one text; the later version of each fact wins, in any call order."""
    if old is None:
        return new
    facts = dict(old.entries)
    for key, entry in new.entries.items():
        if key not in facts or _order(entry) > _order(facts[key]):
            facts[key] = entry
    newest = sorted(facts, key=lambda key: (_order(facts[key]), key))[-ENTRY_LIMIT:]
    return Row(old.text, {key: facts[key] for key in newest}, max(old.touched, new.touched))


def touch(row: Row, at: int) -> Row:
    """The row, marked as used at this time."""
    return replace(row, touched=max(row.touched, at))


def prune(rows: Mapping[str, Row], capacity: int) -> dict[str, Row]:
    """All rows if they fit, else the rows touched last, up to three quarters of the capacity."""
    return dict(rows) if len(rows) <= capacity else last_used(rows, max(1, capacity * 3 // 4))


def last_used(rows: Mapping[str, Row], count: int) -> dict[str, Row]:
    """The `count` rows touched last."""
    by_age = sorted(rows, key=lambda id_: (rows[id_].touched, id_), reverse=True)
    return {id_: rows[id_] for id_ in reversed(by_age[:count])}


def _order(entry: Entry) -> tuple[int, str]:
    return int(entry["at"]), json.dumps(dict(entry), sort_keys=True)


@dataclass(frozen=True)
class Lessons:
    """Everything that one episode learned, and the rows that it used; committed as a whole."""

    episode: str
    at: int
    rows: Mapping[MemoryName, tuple[Row, ...]] = field(default_factory=dict)
    used: Mapping[MemoryName, tuple[str, ...]] = field(default_factory=dict)


def apply_lessons(rows: Mapping[str, Row], lessons: Lessons, name: MemoryName) -> dict[str, Row]:
    """The rows of a memory that lessons write or touch, in their new state."""
    after: dict[str, Row] = {}
    for row in lessons.rows.get(name, ()):
        id_ = row.id
        after[id_] = merge(after.get(id_) or rows.get(id_), row)
    for id_ in lessons.used.get(name, ()):
        known = after.get(id_) or rows.get(id_)
        if known:
            after[id_] = touch(known, lessons.at)
    return after


def reflection(text: str, *, episode: str, at: int, length: int, reward: float) -> Row:
    """Macro learning: a reflection and the episode that led to it (Eq. 7)."""
    return Row(text, {episode: {"at": at, "length": length, "reward": round(reward, 3)}}, at)


def experience(state: str, item: str, *, verdict: int, at: int, known: Entry | None = None) -> Row:
    """Micro learning: the verdict on an item in a situation (Eq. 17), and what else is `known`."""
    return Row(state, {item: {**(known or {}), "at": at, "verdict": verdict}}, at)


def value(state: str, target: float, *, at: int, key: str = "value") -> Row:
    """Micro learning: an estimate of a situation's value (Eq. 16), which a later one of its key
    replaces.
    """
    return Row(state, {key: {"at": at, "target": round(target, 4)}}, at)


def merge_rows(rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by id, with rows of the same text merged."""
    merged: dict[str, Row] = {}
    for row in rows:
        merged[row.id] = merge(merged.get(row.id), row)
    return merged
