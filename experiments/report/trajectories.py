"""Episodes step by step, as small as the viewer needs them, within a budget of bytes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from experiments.report.choice import preferred
from experiments.report.episodes import Episode, load
from experiments.report.source import Lines, Source
from experiments.report.text import Html, script_json, shortened
from stores import MEMORIES, Row

BUDGET = 8_000_000
TEXT_BUDGET = 1_500_000
VIEWED = 30  # titles shown of what a user had viewed before
SHARE = 8  # no episode takes more than this part of the budget
LONGEST = 3000  # characters shown of a thought, a reply or a memory
STEP = ("round", "item", "found", "reward", "quit")
VERDICT = ("round", "value", "next_value", "advantage", "verdict")
RECALL = ("round", "role", "memory", "id", "distance")
JOURNALS = ("memory/journal.jsonl", "online/journal.jsonl")


UNREADABLE = (KeyError, TypeError, ValueError, AttributeError)


class Trajectories(NamedTuple):
    """By the place of an episode in the list: its steps as JSON; and texts of memories by id."""

    steps: dict[int, Html]
    texts: dict[str, str]


def choose(run: Source, episodes: Sequence[Episode], budget: int = BUDGET) -> Trajectories:
    """As many as the budget holds, those most worth seeing first."""
    at = {episode.place: index for index, episode in enumerate(episodes)}
    chosen: dict[int, Html] = {}
    wanted: set[str] = set()
    left = budget
    for episode in preferred(episodes):
        try:
            shown = _shown(load(episode))
            recalled = {str(recall[3]) for recall in shown["recalls"]}
        except UNREADABLE:
            continue
        text = script_json(shown)
        size = len(text.encode())
        if size > budget // SHARE:
            continue
        left -= size
        if left < 0:
            break
        chosen[at[episode.place]] = text
        wanted |= recalled
    return Trajectories(dict(sorted(chosen.items())), _texts(run, wanted))


def _shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """What the viewer shows of a record, as rows without names."""
    error = record.get("error")
    return {
        "history": [_long(title) for title in list(record.get("history") or ())[-VIEWED:]],
        "principles": [_fields(p, ("text", "distance")) for p in record.get("principles") or ()],
        "steps": [
            [
                *_fields(step, STEP),
                _long(step.get("thought") or step.get("plan")),
                _long(step.get("reply")),
            ]
            for step in record.get("steps") or ()
        ],
        "verdicts": [_fields(verdict, VERDICT) for verdict in record.get("verdicts") or ()],
        "recalls": [_fields(recall, RECALL) for recall in record.get("recalls") or ()],
        "reflection": _long(record.get("reflection")),
        "error": [_long(error.get("type")), _long(error.get("message"))] if error else None,
    }


def _fields(row: Mapping[str, Any], names: Sequence[str]) -> list[Any]:
    found = [row.get(name) for name in names]
    return [_long(value) if isinstance(value, str) else value for value in found]


def _long(text: Any) -> str:
    return shortened(str(text or ""), LONGEST)


def _texts(run: Source, wanted: set[str]) -> dict[str, str]:
    """What the journals hold of the memories that were retrieved; Chroma is not opened."""
    found: dict[str, str] = {}
    for cell in run.cells() if wanted else ():
        for name in JOURNALS:
            for _, committed in Lines(cell / name):
                for row in _rows(committed):
                    if row.id in wanted:
                        found[row.id] = _long(row.text)
    return _within(found, TEXT_BUDGET)


def _rows(committed: Mapping[str, Any]) -> Iterator[Row]:
    """What a line of a journal holds, as far as it can be read."""
    for memory in MEMORIES:
        try:
            texts = [str(row["text"]) for row in committed["rows"].get(memory, ())]
            [text.encode() for text in texts]
        except UNREADABLE:
            continue
        yield from (Row(text, {}) for text in texts)


def _within(texts: Mapping[str, str], budget: int) -> dict[str, str]:
    kept = {}
    for id_, text in sorted(texts.items()):
        budget -= len(json.dumps(text))
        if budget < 0:
            break
        kept[id_] = text
    return kept
