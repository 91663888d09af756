"""Episodes step by step, as compact as the viewer can read them, within a budget of bytes."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from experiments.errors import RunError
from experiments.report.markup import Html, script_json, shortened
from experiments.report.retrieved_rows import (
    LONGEST,
    RetrievedRows,
    RowKey,
    journal_of,
    own_facts,
    read_retrieved_rows,
)
from experiments.runs.cell import read_record
from experiments.runs.records import Record
from experiments.statistics.episodes import FAILED, Episode
from nodes.learning import ROUNDS_PER_TICK

BUDGET = 8_000_000
VIEWED = 30  # titles shown of the viewing history
SHARE = 8  # no episode takes more than this part of the budget
STEP = ("round", "item", "found", "reward", "quit")
VERDICT = ("round", "value", "next_value", "advantage", "verdict")
RECALL = ("round", "role", "memory", "id", "distance")


class StepByStep(NamedTuple):
    """The steps of chosen episodes as JSON, by place in the list, and the rows they retrieved."""

    steps: dict[int, Html]
    retrieved: RetrievedRows


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
    """Best, worst, middle, one of each way to end, then by number."""
    by_number = sorted(group, key=lambda episode: episode.number)
    ranked = sorted(by_number, key=lambda episode: -episode.r_traj)
    played = [episode for episode in ranked if episode.end != FAILED]
    first = [played[0], played[-1], played[len(played) // 2]] if played else []
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
        "reflection": _long(record["reflection"]),
        "error": [_long(error["type"]), _long(error["message"])] if error else None,
    }


def _fields(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    return [_long(row[name]) if isinstance(row[name], str) else row[name] for name in names]


def _long(text: str) -> str:
    return shortened(text, LONGEST)
