"""Episodes step by step, as small as the viewer needs them, within a budget of bytes."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from experiments.report.episode_choice import preferred
from experiments.report.episodes import Episode, load
from experiments.report.recalled_texts import (
    LONGEST,
    UNREADABLE,
    Asked,
    Recalled,
    journal_of,
    own_facts,
    recalled,
)
from experiments.report.source import Source
from experiments.report.text import Html, script_json, shortened
from nodes.learning import ROUNDS_PER_TICK

BUDGET = 8_000_000
VIEWED = 30  # titles shown of what a user had viewed before
SHARE = 8  # no episode takes more than this part of the budget
STEP = ("round", "item", "found", "reward", "quit")
VERDICT = ("round", "value", "next_value", "advantage", "verdict")
RECALL = ("round", "role", "memory", "id", "distance")


class Trajectories(NamedTuple):
    """By the place of an episode in the list: its steps as JSON; and what they retrieved."""

    steps: dict[int, Html]
    recalled: Recalled


def choose(run: Source, episodes: Sequence[Episode], budget: int = BUDGET) -> Trajectories:
    """As many as the budget holds, those most worth seeing first."""
    at = {episode.place: index for index, episode in enumerate(episodes)}
    chosen: dict[int, Html] = {}
    wanted: set[Asked] = set()
    left, batch = budget, int(run.settings.get("batch") or 1)
    for episode in preferred(episodes):
        try:
            record, journal = load(episode), journal_of(episode)
            asked = {(str(r["memory"]), str(r["id"])) for r in record.get("recalls") or ()}
            own = own_facts(record, asked) if asked else {}
            shown = {**_shown(record, batch), "journal": journal, "own": own}
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
        wanted |= {Asked(journal, *one) for one in asked}
    return Trajectories(dict(sorted(chosen.items())), recalled(run, wanted))


def _shown(record: Mapping[str, Any], batch: int) -> dict[str, Any]:
    """What the viewer shows of a record, as rows without names.

    Its own rounds are stamped from `stamp` on; from `before` on nothing else was in the memories
    yet, as a batch is committed whole.
    """
    error, stamp = record.get("error"), int(record.get("started") or 0) * ROUNDS_PER_TICK
    return {
        "stamp": stamp,
        "before": stamp - int(record["number"]) % batch * ROUNDS_PER_TICK,
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
