"""The rows of memories: one per text (and situation), with the facts learned about it."""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

MemoryName = Literal["reflections", "experiences", "values"]
MEMORIES: tuple[MemoryName, ...] = get_args(MemoryName)

Entry = Mapping[str, str | int | float]
Fields = Mapping[str, Any]  # as JSON has them; whoever reads them checks each
ENTRY_LIMIT = 32  # facts kept per row, the newest; and as many uses
ROWS_KEPT = 4_000  # of a memory, about 2 KB each
USED_BY = "used by "  # begins the key of a use; the rest is the episode
ROUNDS_PER_TICK = 1000  # stamps order episodes first, then rounds within one


def tick_of(stamp: int) -> int:
    """The time of an episode, by the stamp of one of its rounds."""
    return stamp // ROUNDS_PER_TICK


def round_of(stamp: int) -> int:
    """The round of an episode, by its stamp."""
    return stamp % ROUNDS_PER_TICK


@dataclass(frozen=True)
class Row:
    """A text with facts by key, each with a time `at`; `touched` is the last write or use.

    A row that has a situation is found by it, others by their own text. Of a reflection, `fields`
    are what its text was written from.
    """

    text: str
    entries: Mapping[str, Entry]
    touched: int = 0
    situation: str | None = None
    fields: Fields | None = None

    @property
    def id(self) -> str:
        """A hash of text, situation and fields, so that writing them again updates their row."""
        whole = self.text if self.situation is None else f"{self.situation}\0{self.text}"
        if self.fields is not None:
            whole += f"\0{json.dumps(self.fields, sort_keys=True)}"
        return hashlib.sha256(whole.encode()).hexdigest()[:16]

    @property
    def found_by(self) -> str:
        """The text that is embedded."""
        return self.text if self.situation is None else self.situation

    def newest(self) -> list[tuple[str, Entry]]:
        """The facts, newest first."""
        facts = list(self.entries.items())
        if len(facts) < 2:
            return facts  # as in most rows; an order is made by writing each fact as JSON
        return sorted(facts, key=lambda fact: _order(fact[1]), reverse=True)


@dataclass(frozen=True)
class Hit:
    """A row that was found, and its squared L2 distance from the query."""

    row: Row
    distance: float


class KeptRows:
    """Rows that were read before, so that searches need not read them again; the oldest go."""

    def __init__(self) -> None:
        self._rows: dict[MemoryName, dict[str, Row]] = {name: {} for name in MEMORIES}

    def of(
        self, name: MemoryName, ids: Sequence[str], read: Callable[[list[str]], Mapping[str, Row]]
    ) -> dict[str, Row]:
        """The rows of these ids; those that are not kept are read."""
        kept = self._rows[name]
        found = {id_: kept[id_] for id_ in ids if id_ in kept}
        if unknown := [id_ for id_ in ids if id_ not in found]:
            new = read(unknown)
            kept |= new
            found |= new
            for id_ in list(kept)[: max(0, len(kept) - ROWS_KEPT)]:
                del kept[id_]
        return found

    def forget(self, name: MemoryName, ids: Iterable[str] | None = None) -> None:
        """Lets go of these rows, or of all of a memory."""
        for id_ in list(self._rows[name]) if ids is None else ids:
            self._rows[name].pop(id_, None)


def merge(old: Row | None, new: Row) -> Row:
    """Merges two rows of one id; the later version of each fact wins, in any call order."""
    if old is None:
        return new
    facts = dict(old.entries)
    for key, entry in new.entries.items():
        if key not in facts or _order(entry) > _order(facts[key]):
            facts[key] = entry
    newest = sorted(facts, key=lambda key: (_order(facts[key]), key))
    uses = [key for key in newest if key.startswith(USED_BY)][-ENTRY_LIMIT:]
    own = [key for key in newest if not key.startswith(USED_BY)][-ENTRY_LIMIT:]
    kept = {key: facts[key] for key in [*own, *uses]}
    return replace(old, entries=kept, touched=max(old.touched, new.touched))


def touch(row: Row, at: int) -> Row:
    """The row, marked as used at this time."""
    return replace(row, touched=max(row.touched, at))


def prune(rows: Mapping[str, Row], capacity: int) -> dict[str, Row]:
    """All rows if they fit, else the rows touched last, up to three quarters of the capacity."""
    return dict(rows) if len(rows) <= capacity else last_used(rows, left_of(capacity))


def left_of(capacity: int) -> int:
    """How many rows are left of a memory that was over its capacity."""
    return max(1, capacity * 3 // 4)


def last_used(rows: Mapping[str, Row], count: int) -> dict[str, Row]:
    """The `count` rows touched last, oldest first."""
    ages = {id_: row.touched for id_, row in rows.items()}
    return {id_: rows[id_] for id_ in touched_last(ages, count)}


def touched_last(ages: Mapping[str, int], count: int) -> dict[str, int]:
    """The `count` ids with the latest stamps, oldest first; of equal stamps by id."""
    by_age = sorted(ages, key=lambda id_: (ages[id_], id_))
    return {id_: ages[id_] for id_ in by_age[max(0, len(by_age) - count) :]}


def _order(entry: Entry) -> tuple[int, str]:
    return int(entry["at"]), json.dumps(dict(entry), sort_keys=True)


@dataclass(frozen=True)
class Lessons:
    """Everything that one episode learned, and the rows that it used; committed as a whole.

    `reward` is the sum of its ratings, if it has ended; `user` is who it was played with, which
    every fact is marked with, and with the episode.
    """

    episode: str
    at: int
    rows: Mapping[MemoryName, tuple[Row, ...]] = field(default_factory=dict)
    used: Mapping[MemoryName, tuple[str, ...]] = field(default_factory=dict)
    reward: float | None = None
    user: str | int | None = None

    def marked(self, row: Row) -> Row:
        """The row, each of its facts with where it comes from."""
        if self.user is None:
            return row
        mark = {"episode": self.episode, "user": self.user}
        return replace(row, entries={key: {**fact, **mark} for key, fact in row.entries.items()})


def apply_lessons(rows: Mapping[str, Row], lessons: Lessons, name: MemoryName) -> dict[str, Row]:
    """The rows of a memory that lessons write or touch, in their new state."""
    after: dict[str, Row] = {}
    for row in lessons.rows.get(name, ()):
        id_ = row.id
        after[id_] = merge(after.get(id_) or rows.get(id_), lessons.marked(row))
    for id_ in lessons.used.get(name, ()):
        known = after.get(id_) or rows.get(id_)
        if known:
            used = _with_use(known, lessons) if name == "reflections" else known
            after[id_] = touch(used, lessons.at)
    return after


def _with_use(row: Row, lessons: Lessons) -> Row:
    """The reflection with the return of the session that was given it."""
    if lessons.reward is None:
        return row
    use = {"at": lessons.at, "reward": round(lessons.reward, 3)}
    return merge(row, lessons.marked(replace(row, entries={USED_BY + lessons.episode: use})))


def reflection(
    text: str,
    *,
    episode: str,
    at: int,
    length: int,
    reward: float,
    situation: str | None = None,
    fields: Fields | None = None,
    note: str = "",
) -> Row:
    """Macro learning: a reflection and the episode that led to it (Eq. 7).

    `note` has the words of the model, which are for people to read.
    """
    entry: Entry = {"at": at, "length": length, "reward": round(reward, 3)}
    return Row(text, {episode: {**entry, "note": note} if note else entry}, at, situation, fields)


def experience(state: str, item: str, *, verdict: int, at: int, known: Entry | None = None) -> Row:
    """Micro learning: the verdict on an item in a situation (Eq. 17), and what else is `known`."""
    return Row(state, {item: {**(known or {}), "at": at, "verdict": verdict}}, at)


def value(state: str, target: float, *, at: int, key: str = "value") -> Row:
    """Micro learning: an estimate of a situation's value (Eq. 16), which a later one of its key
    replaces.
    """
    return Row(state, {key: {"at": at, "target": round(target, 4)}}, at)


def merge_rows(rows: Iterable[Row]) -> dict[str, Row]:
    """Rows by id, with rows of the same text, situation and fields merged."""
    merged: dict[str, Row] = {}
    for row in rows:
        merged[row.id] = merge(merged.get(row.id), row)
    return merged


def have_same_texts(row: Row, other: Row) -> bool:
    """Whether two rows are told and found by the same texts."""
    return (row.text, row.situation) == (other.text, other.situation)


def metadata_of(row: Row) -> dict[str, str | int]:
    """A row without its text, as Chroma stores it."""
    entries, fields = (json.dumps(part, ensure_ascii=False) for part in (row.entries, row.fields))
    more = {"situation": row.situation, "fields": None if row.fields is None else fields}
    given = {name: text for name, text in more.items() if text is not None}
    return {"entries": entries, "touched": row.touched, **given}


def row_of(text: str, metadata: Mapping[str, Any]) -> Row:
    """Reads what `metadata_of` gave; raises where it is none of it."""
    entries, touched = json.loads(metadata["entries"]), int(metadata["touched"])
    fields = json.loads(metadata["fields"]) if "fields" in metadata else None
    return Row(text, entries, touched, metadata.get("situation"), fields)
