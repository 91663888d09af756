"""What memories hold: one row per text, carrying what was learned about it."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

MemoryName = Literal["reflections", "experiences", "values"]
MEMORIES: tuple[MemoryName, ...] = get_args(MemoryName)

Entry = Mapping[str, str | int | float]
ENTRY_LIMIT = 32  # facts kept per row, the newest


@dataclass(frozen=True)
class Row:
    """A text with its facts by key, each stamped `at`; `touched` is its last writing or use."""

    text: str
    entries: Mapping[str, Entry]
    touched: int = 0

    @property
    def id(self) -> str:
        """Made from the text, so that writing a text again changes its row and adds none."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:16]

    def newest(self) -> list[tuple[str, Entry]]:
        """The facts, newest first."""
        return sorted(self.entries.items(), key=lambda fact: _order(fact[1]), reverse=True)


def merge(old: Row | None, new: Row) -> Row:
    """Joins two rows of one text; of each fact the later wins, whatever the order of calls."""
    if old is None:
        return new
    facts = dict(old.entries)
    for key, entry in new.entries.items():
        if key not in facts or _order(entry) > _order(facts[key]):
            facts[key] = entry
    newest = sorted(facts, key=lambda key: (_order(facts[key]), key))[-ENTRY_LIMIT:]
    return Row(old.text, {key: facts[key] for key in newest}, max(old.touched, new.touched))


def touch(row: Row, at: int) -> Row:
    """The row, marked as used."""
    return replace(row, touched=max(row.touched, at))


def prune(rows: Mapping[str, Row], capacity: int) -> dict[str, Row]:
    """All rows while they fit; else the three quarters of capacity that were touched last."""
    return dict(rows) if len(rows) <= capacity else latest(rows, max(1, capacity * 3 // 4))


def latest(rows: Mapping[str, Row], count: int) -> dict[str, Row]:
    """The rows that were touched last."""
    by_age = sorted(rows, key=lambda id_: (rows[id_].touched, id_), reverse=True)
    return {id_: rows[id_] for id_ in reversed(by_age[:count])}


def _order(entry: Entry) -> tuple[int, str]:
    return int(entry["at"]), json.dumps(dict(entry), sort_keys=True)


@dataclass(frozen=True)
class Lessons:
    """Everything one episode taught, and what it made use of; committed as a whole."""

    episode: str
    at: int
    rows: Mapping[MemoryName, tuple[Row, ...]] = field(default_factory=dict)
    used: Mapping[MemoryName, tuple[str, ...]] = field(default_factory=dict)


def learned(rows: Mapping[str, Row], lessons: Lessons, name: MemoryName) -> dict[str, Row]:
    """Those rows of a memory that lessons write or touch, as they are afterwards."""
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
    """A principle, and the episodes that led to it (Eq. 7)."""
    return Row(text, {episode: {"at": at, "length": length, "reward": round(reward, 3)}}, at)


def experience(state: str, item: str, *, verdict: int, at: int) -> Row:
    """Whether an item paid off in a situation (Eq. 17)."""
    return Row(state, {item: {"at": at, "verdict": verdict}}, at)


def value(state: str, target: float, *, at: int) -> Row:
    """The estimate r + gamma V(s') of a situation's value (Eq. 16)."""
    return Row(state, {"value": {"at": at, "target": round(target, 4)}}, at)


def gather(rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by id, those of one text joined."""
    gathered: dict[str, Row] = {}
    for row in rows:
        gathered[row.id] = merge(gathered.get(row.id), row)
    return gathered
