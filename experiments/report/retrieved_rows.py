"""The rows that episodes retrieved from memories, read from the journals; Chroma is not opened."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, cast

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from experiments.report.markup import shortened
from experiments.runs.cell import Cell
from experiments.runs.files import read_lines
from experiments.runs.records import Record
from experiments.statistics.episodes import Episode
from nodes import EpisodeState
from nodes.learning import experiences, values
from stores import Row
from stores.folder import JOURNAL

TEXT_BUDGET, FACT_BUDGET = 1_500_000, 500_000
LONGEST, LONGEST_TITLE = 3000, 200  # characters shown of a text, and of a title

Facts = dict[str, dict[str, list[list[Any]]]]


class JournalRow(TypedDict):
    """A row of a memory as an episode wrote it."""

    text: str
    entries: Mapping[str, Mapping[str, str | int | float]]


class JournalLine(TypedDict):
    """The lessons of an episode."""

    rows: Mapping[str, Sequence[JournalRow]]


LINE = TypeAdapter(JournalLine)


class RowKey(NamedTuple):
    """A row of a memory; its journal is named by the folders of the cell and of the memories."""

    journal: str
    memory: str
    id: str


class RetrievedRows(NamedTuple):
    """Texts by id; and by journal, memory and id what was learned about each text, with stamps.

    An experience is a stamp, an item and whether it paid off; a value is a stamp and an estimate.
    """

    texts: dict[str, str]
    facts: dict[str, Facts]


def journal_of(episode: Episode) -> str:
    """The journal of the memories that an episode retrieved from."""
    cell = Cell(episode.path.parent)
    return f"{cell.folder.name}/{cell.memory(episode.phase).name}"


def own_facts(record: Record, ids: AbstractSet[tuple[str, str]]) -> Facts:
    """What the session itself taught about the rows of these memories and ids."""
    found: Facts = {}
    for memory, rows in (("experiences", experiences), ("values", values)):
        with suppress(UnicodeEncodeError):  # half a surrogate pair has no id
            for row in rows(cast(EpisodeState, record)):
                if (memory, row.id) in ids:
                    found.setdefault(memory, {}).setdefault(row.id, []).extend(_facts(memory, row))
    return found


def read_retrieved_rows(cells: Path, wanted: AbstractSet[RowKey]) -> RetrievedRows:
    """As many of the wanted rows as the budgets hold."""
    texts: dict[str, str] = {}
    facts: dict[RowKey, list[list[Any]]] = {}
    ids = {key.id for key in wanted}
    for journal in sorted({key.journal for key in wanted}):
        for memory, row in _rows(cells / journal / JOURNAL):
            if row.id in ids:
                texts[row.id] = shortened(row.text, LONGEST)
            key = RowKey(journal, memory, row.id)
            if key in wanted:
                known = facts.setdefault(key, [])
                known += [fact for fact in _facts(memory, row) if fact not in known]
    return RetrievedRows(_within(texts, TEXT_BUDGET), _nested(_within(facts, FACT_BUDGET)))


def _rows(journal: Path) -> Iterator[tuple[str, Row]]:
    """The rows of each memory; lines that cannot be read are skipped."""
    for _, line in read_lines(journal, LINE, lambda _: None):
        for memory, rows in line["rows"].items():
            with suppress(UnicodeEncodeError):
                made = [Row(row["text"], row["entries"]) for row in rows]
                yield from [(memory, row) for row in made if row.id]


def _facts(memory: str, row: Row) -> Sequence[list[Any]]:
    """What a row says, as far as it can be read."""
    with suppress(KeyError, ValueError, OverflowError):
        if memory == "experiences":
            return [
                [int(entry["at"]), shortened(title, LONGEST_TITLE), int(entry["verdict"])]
                for title, entry in row.entries.items()
            ]
        if memory == "values":
            entry = row.entries["value"]
            return [[int(entry["at"]), float(entry["target"])]]
    return []


def _within(found: Mapping[Any, Any], budget: int) -> dict[Any, Any]:
    """The first entries by key that fit into so many characters."""
    fitting = {}
    for key, value in sorted(found.items()):
        budget -= len(json.dumps([key, value]))
        if budget < 0:
            break
        fitting[key] = value
    return fitting


def _nested(facts: Mapping[RowKey, list[list[Any]]]) -> dict[str, Facts]:
    nested: dict[str, Facts] = {}
    for (journal, memory, id_), known in facts.items():
        nested.setdefault(journal, {}).setdefault(memory, {})[id_] = known
    return nested
