"""A memory's rows as the items of a store: what people read, where it is from, what it was worth.

Memories are read from their journals, which other processes may have open.
"""

import logging
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from langgraph.store.base import SearchItem

from graph.shelf.places import Place
from stores import (
    USED_BY,
    Expectation,
    MemoryName,
    Row,
    StoreError,
    by_age,
    episode_of,
    expectation,
    fact_in_words,
    is_retired,
    moment_of,
    read_memories,
    time_in_words,
    uses,
    utility,
)

JOURNAL = "journal.jsonl"
MOST_KEPT = 8  # memories that stay read, until their journals change

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """What a memory held when its journal was read."""

    rows: Mapping[MemoryName, Mapping[str, Row]]
    expected: Expectation
    written: datetime


class Reader:
    """Reads memories and keeps the last ones; safe to call from threads."""

    def __init__(self) -> None:
        self._kept = OrderedDict[tuple[Path, int, int], Contents]()
        self._lock = threading.Lock()

    def contents(self, place: Place) -> Contents | None:
        """What a memory holds; None if it is gone or no memory, which the log tells."""
        try:
            about = (place.folder / JOURNAL).stat()
            key = place.folder, about.st_mtime_ns, about.st_size
            with self._lock:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    return self._kept[key]
            rows = read_memories(place.folder).rows
        except (StoreError, OSError) as error:
            log.warning("a memory cannot be shown: %s", error)
            return None
        written = datetime.fromtimestamp(about.st_mtime, UTC)
        read = Contents(rows, expectation(rows["reflections"].values()), written)
        with self._lock:
            self._kept[key] = read
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return read


def items_of(place: Place, contents: Contents, kind: MemoryName) -> list[SearchItem]:
    """The rows of a kind, those last written or used first."""
    rows = by_age(contents.rows[kind].values())
    return [item(place, contents, kind, row) for row in reversed(rows)]


def item(place: Place, contents: Contents, kind: MemoryName, row: Row) -> SearchItem:
    """A row; where a run numbered its episodes, its times are those of the journal."""
    first = min(_stamp(fact) for fact in row.entries.values())
    return SearchItem(
        (*place.namespace, kind),
        row.id,
        _value(place, contents.expected, kind, row),
        moment_of(first) or contents.written,
        moment_of(row.touched) or contents.written,
    )


def _value(place: Place, expected: Expectation, kind: MemoryName, row: Row) -> dict[str, Any]:
    facts = [(key, fact) for key, fact in row.newest() if not key.startswith(USED_BY)]
    sources = [_source(kind, key, fact) for key, fact in facts]
    notes = [str(fact["note"]) for _, fact in facts if fact.get("note")]
    of_sessions = kind == "reflections"  # the rest tells no sessions that were given it
    return {
        "text": row.text,
        "situation": row.situation,
        "kind": kind,
        "world": place.world,
        "memory": place.memory,
        "arm": place.arm,
        "facts": [fact_in_words(key, _without_note(fact)) for key, fact in facts],
        "note": notes[0] if notes else "",
        "sources": [dict(one) for one in dict.fromkeys(tuple(one.items()) for one in sources)],
        "users": _distinct(sources, "user"),
        "episodes": _distinct(sources, "episode"),
        "uses": len(uses(row)) if of_sessions else None,
        "utility": round(utility(row, expected), 4) if of_sessions else None,
        "retired": of_sessions and is_retired(row, expected),
        "last_used": time_in_words(row.touched),
    }


def _source(kind: MemoryName, key: str, fact: Mapping[str, Any]) -> dict[str, str | None]:
    user = str(fact["user"]) if "user" in fact else None
    return {"user": user, "episode": episode_of(kind, key, fact)}


def _distinct(sources: list[dict[str, str | None]], part: str) -> list[str]:
    return list(dict.fromkeys(told for one in sources if (told := one[part])))


def _without_note(fact: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told for name, told in fact.items() if name != "note"}


def _stamp(fact: Mapping[str, Any]) -> int:
    return int(fact["at"])
