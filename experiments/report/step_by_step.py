"""Episodes step by step and the rows they retrieved, within budgets of bytes for the viewer."""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple, NotRequired, cast

from pydantic import TypeAdapter
from typing_extensions import TypedDict

from experiments.errors import RunError
from experiments.report.markup import Html, script_json, shortened
from experiments.runs.cell import Cell, read_record
from experiments.runs.files import read_lines
from experiments.runs.records import Record
from experiments.statistics.episodes import FAILED, Episode
from nodes import EpisodeState
from nodes.learning import experiences, values
from stores import ROUNDS_PER_TICK, Row
from stores.folder import JOURNAL

LONGEST, LONGEST_TITLE = 3000, 200  # characters shown of a text, and of a title
BUDGET, TEXT_BUDGET, FACT_BUDGET = 8_000_000, 1_500_000, 500_000
VIEWED = 30  # titles shown of the viewing history
SHARE = 8  # no episode takes more than this part of the budget
STEP = ("round", "item", "found", "reward", "quit")
VERDICT = ("round", "value", "next_value", "advantage", "verdict")
RECALL = ("round", "role", "memory", "id", "distance")

Facts = dict[str, dict[str, list[list[Any]]]]


class JournalRow(TypedDict):
    """A row of a memory as an episode wrote it."""

    text: str
    entries: Mapping[str, Mapping[str, str | int | float]]
    situation: NotRequired[str]


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

    An experience is a stamp, an item and whether it paid off; a value is a stamp, an estimate and
    the key under which a later one replaces it.
    """

    texts: dict[str, str]
    facts: dict[str, Facts]


def journal_of(episode: Episode) -> str:
    """The journal of the memories that an episode retrieved from."""
    cell = Cell(episode.path.parent)
    return f"{cell.folder.name}/{cell.memory(episode.phase).name}"


def own_facts(record: Record, ids: AbstractSet[tuple[str, str]]) -> Facts:
    """What the session itself taught about the rows of these memories and ids, while it lasted."""
    found: Facts = {}
    state = cast(EpisodeState, record)
    by_default = any("situation" in judged for judged in record["verdicts"])
    own = {"experiences": experiences(state), "values": [] if by_default else values(state)}
    for memory, rows in own.items():
        with suppress(UnicodeEncodeError):  # half a surrogate pair has no id
            for row in rows:
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
                made = [
                    Row(row["text"], row["entries"], situation=row.get("situation")) for row in rows
                ]
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
            return [
                [int(fact["at"]), float(fact["target"]), shortened(key, LONGEST_TITLE)]
                for key, fact in row.entries.items()
            ]
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


class StepByStep(NamedTuple):
    """The steps of chosen episodes as JSON, by place in the list, and the rows they retrieved."""

    steps: dict[int, Html]
    retrieved: RetrievedRows


NO_STEPS = StepByStep({}, RetrievedRows({}, {}))


def choose(
    cells: Path, episodes: Sequence[Episode], batch: int, budget: int = BUDGET
) -> StepByStep:
    """As many episodes as the budget holds, those most worth seeing first."""
    at = {episode.place: index for index, episode in enumerate(episodes)}
    chosen: dict[int, Html] = {}
    wanted: set[RowKey] = set()
    left = budget
    for episode in most_worth_seeing(episodes):
        try:
            record, journal = read_record(episode.path, episode.offset), journal_of(episode)
        except (RunError, OSError):
            continue
        ids = {(recall["memory"], recall["id"]) for recall in record["recalls"]}
        own = own_facts(record, ids) if ids else {}
        text = script_json({**_shown(record, batch), "journal": journal, "own": own})
        size = len(text.encode())
        if size > budget // SHARE:
            continue
        left -= size
        if left < 0:
            break
        chosen[at[episode.place]] = text
        wanted |= {RowKey(journal, *one) for one in ids}
    return StepByStep(dict(sorted(chosen.items())), read_retrieved_rows(cells, wanted))


def most_worth_seeing(episodes: Sequence[Episode]) -> Iterator[Episode]:
    """All episodes, in turns from every variant, seed and phase, the most instructive first."""
    groups: dict[tuple[str, str, int], list[Episode]] = {}
    for episode in episodes:
        groups.setdefault((episode.phase, episode.variant, episode.seed), []).append(episode)
    for turn in zip_longest(*map(_most_instructive_first, groups.values())):
        yield from (episode for episode in turn if episode is not None)


def _most_instructive_first(group: list[Episode]) -> list[Episode]:
    """Best, longest, worst, middle, one of each way to end, then by number."""
    by_number = sorted(group, key=lambda episode: episode.number)
    ranked = sorted(by_number, key=lambda episode: -episode.r_traj)
    played = [episode for episode in ranked if episode.end != FAILED]
    longest = max(played, key=lambda episode: episode.rounds, default=None)
    first = [played[0], longest, played[-1], played[len(played) // 2]] if longest else []
    first_of_each_end = {episode.end: episode for episode in reversed(by_number)}
    first += [first_of_each_end[end] for end in sorted(first_of_each_end)]
    return list(dict.fromkeys([*first, *by_number]))


def _shown(record: Record, batch: int) -> dict[str, Any]:
    """What the viewer shows of a record, as rows without names.

    Its own rounds are stamped from `stamp` on. Memories held nothing stamped from `before` on, as
    a batch is committed whole.
    """
    error, stamp = record["error"], record["started"] * ROUNDS_PER_TICK
    return {
        "stamp": stamp,
        "before": stamp - record["number"] % batch * ROUNDS_PER_TICK,
        "history": [_long(title) for title in record["history"][-VIEWED:]],
        "principles": [_fields(one, ("text", "distance")) for one in record["principles"]],
        "steps": [
            [*_fields(step, STEP), _long(step["thought"] or step["plan"]), _long(step["reply"])]
            for step in record["steps"]
        ],
        "verdicts": [_fields(verdict, VERDICT) for verdict in record["verdicts"]],
        "recalls": [_fields(recall, RECALL) for recall in record["recalls"]],
        "reflection": _long(_reflection(record)),
        "error": [_long(error["type"]), _long(error["message"])] if error else None,
    }


def _reflection(record: Record) -> str:
    """What the session teaches, and the Reflector's own words, which no role reads."""
    fields = record.get("reflection_fields")
    note = fields["note"] if fields else ""
    return f"{record['reflection']} (It wrote: {note})" if note else record["reflection"]


def _fields(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [_long(row[name]) if isinstance(row[name], str) else row[name] for name in names]


def _long(text: str) -> str:
    return shortened(text, LONGEST)
