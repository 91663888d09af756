"""What stood in the memories that episodes made use of, from the journals; Chroma is not opened."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any, NamedTuple, cast

from experiments.report.episodes import Episode
from experiments.report.source import Lines, Source
from experiments.report.text import shortened
from experiments.runs.presets import Phase
from experiments.runs.run_folder import Cell
from nodes import EpisodeState
from nodes.learning import experiences, values
from stores import MEMORIES, Row
from stores.folder import JOURNAL

TEXT_BUDGET, FACT_BUDGET = 1_500_000, 500_000
LONGEST, LONGEST_TITLE = 3000, 200  # characters shown of a text, and of a title
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, OverflowError)

Facts = dict[str, dict[str, list[list[Any]]]]


class Asked(NamedTuple):
    """A row of a memory in one of the run's journals."""

    journal: str
    memory: str
    id: str


class Recalled(NamedTuple):
    """Texts by id; and by journal, memory and id what was learned of each, with when.

    An experience is a stamp, an item and whether it paid off; a value is a stamp and an estimate.
    """

    texts: dict[str, str]
    facts: dict[str, Facts]


def journal_of(episode: Episode) -> str:
    """The folder of the memories that an episode asked."""
    folder = Cell(episode.path.parent).memory(cast(Phase, episode.phase))
    return f"{folder.parent.name}/{folder.name}"


def own_facts(record: Mapping[str, Any], asked: AbstractSet[tuple[str, str]]) -> Facts:
    """What the session itself taught of what it asked about, as far as it can be read."""
    found: Facts = {}
    for memory, rows in (("experiences", experiences), ("values", values)):
        with suppress(*UNREADABLE):
            for row in rows(cast(EpisodeState, record)):
                if (memory, row.id) in asked:
                    found.setdefault(memory, {}).setdefault(row.id, []).extend(_facts(memory, row))
    return found


def recalled(run: Source, wanted: AbstractSet[Asked]) -> Recalled:
    """As much of what is wanted as there is room for."""
    texts: dict[str, str] = {}
    facts: dict[Asked, list[list[Any]]] = {}
    ids = {asked.id for asked in wanted}
    for folder in sorted({asked.journal for asked in wanted}):
        for _, committed in Lines(run.path / "cells" / folder / JOURNAL):
            for memory, row in _rows(committed):
                if row.id in ids:
                    texts[row.id] = shortened(row.text, LONGEST)
                asked = Asked(folder, memory, row.id)
                if asked in wanted:
                    known = facts.setdefault(asked, [])
                    known += [fact for fact in _facts(memory, row) if fact not in known]
    return Recalled(_within(texts, TEXT_BUDGET), _nested(_within(facts, FACT_BUDGET)))


def _rows(committed: Mapping[str, Any]) -> Iterator[tuple[str, Row]]:
    """What a line of a journal holds, as far as it can be read."""
    for memory in MEMORIES:
        try:
            told = committed["rows"].get(memory, ())
            rows = [Row(str(row["text"]), row.get("entries") or {}) for row in told]
            [row.text.encode() for row in rows]
        except UNREADABLE:
            continue
        yield from ((memory, row) for row in rows)


def _facts(memory: str, row: Row) -> Sequence[list[Any]]:
    """What a row says, as far as it can be read."""
    try:
        if memory == "experiences":
            return [
                [int(entry["at"]), shortened(str(title), LONGEST_TITLE), int(entry["verdict"])]
                for title, entry in row.entries.items()
            ]
        if memory == "values":
            entry = row.entries["value"]
            return [[int(entry["at"]), float(entry["target"])]]
    except UNREADABLE:
        pass
    return []


def _within(found: Mapping[Any, Any], budget: int) -> dict[Any, Any]:
    kept = {}
    for key, value in sorted(found.items()):
        budget -= len(json.dumps([key, value]))
        if budget < 0:
            break
        kept[key] = value
    return kept


def _nested(facts: Mapping[Asked, list[list[Any]]]) -> dict[str, Facts]:
    nested: dict[str, Facts] = {}
    for (journal, memory, id_), known in facts.items():
        nested.setdefault(journal, {}).setdefault(memory, {})[id_] = known
    return nested
