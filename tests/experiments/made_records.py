"""Runs and records made by hand, for tests of what is derived from them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from experiments.runs.presets import Phase
from experiments.runs.records import Record, RunFile
from experiments.statistics.summary import Cell, summarise_run
from graph.training import Failure
from nodes import Recall, Step, Usage
from simulator import QuitCause

PRICES = {"offline": {"input": 0.0, "cached": 0.0, "output": 0.0}}


def variant(name: str, kind: str = "llm", **more: Any) -> dict[str, Any]:
    """A variant of the method of its own name."""
    model = "offline" if kind == "llm" else None
    return {"name": name, "kind": kind, "method": name, "model": model, "changes": {}, **more}


def run_file(
    *variants: dict[str, Any], prices: Mapping[str, Any] = PRICES, seeds: Sequence[int] = (0,)
) -> RunFile:
    """A run of these variants."""
    return {
        "schema": 1,
        "preset": "table3",
        "settings": {"variants": list(variants), "seeds": list(seeds), "max_rounds": 100},
        "world": {"name": "demo", "digest": "d", "rule": {"beta": 0.1234567891}},
        "prices": prices,
    }


def record(
    number: int = 0,
    ratings: Sequence[float] = (4.0,),
    cause: QuitCause | None = "similar",
    *,
    user: int | None = None,
    seed: int = 0,
    phase: Phase = "frozen",
    batch: int = 1,
    items: Sequence[str] | None = None,
    found: Sequence[str] | None = None,
    recalls: Sequence[Recall] = (),
    usage: Sequence[Usage] = (),
    error: Failure | None = None,
) -> Record:
    """An episode of these ratings, by a user of the same number unless told."""
    items = items or [f"Title {place}" for place in range(len(ratings))]
    steps = [
        Step(
            round=place + 1,
            thought="",
            plan="",
            reply="",
            item=items[place],
            found=found[place] if found else "exact",
            reward=rating,
            quit=cause if place == len(ratings) - 1 else None,
        )
        for place, rating in enumerate(ratings)
    ]
    return Record(
        id=f"{phase}-{number}",
        variant="any",
        seed=seed,
        phase=phase,
        number=number,
        batch=batch,
        user=number if user is None else user,
        started=0,
        history=[],
        steps=steps,
        verdicts=[],
        recalls=recalls,
        principles=[],
        usage=usage,
        reflection="",
        cause=None if error else cause,
        error=error,
    )


def failed(number: int, type_: str, usage: Sequence[Usage] = (), **more: Any) -> Record:
    """An episode that broke off after two rounds."""
    error = Failure(type=type_, message="no answer")
    return record(number, (5.0, 5.0), None, usage=usage, error=error, **more)


def cost(role: Any, input_: int, output: int, cached: int = 0, calls: int = 1) -> Usage:
    """The tokens of a role's turn."""
    return Usage(
        round=1, role=role, calls=calls, input=input_, output=output, cached=cached, estimated=0
    )


def recall(memory: Any, round_: int, distance: float, role: Any = "actor") -> Recall:
    """A memory that was found."""
    return Recall(round=round_, role=role, memory=memory, id="x", distance=distance)


def phase_of(
    records: Iterable[Record],
    of: dict[str, Any] | None = None,
    phase: Phase = "frozen",
    *,
    groups: Mapping[str, int] | None = None,
    prices: Mapping[str, Any] = PRICES,
) -> dict[str, Any]:
    """A phase's figures in the summary of a run of one variant, BiLLP unless told."""
    one = of or variant("billp")
    by_seed: dict[int, list[Record]] = {}
    for each in records:
        by_seed.setdefault(each["seed"], []).append(each)
    cells = [Cell(one["name"], seed, kept) for seed, kept in by_seed.items()]
    summary = summarise_run(run_file(one, prices=prices), cells, groups)
    figures: dict[str, Any] = summary["variants"][one["name"]]["phases"][phase]
    return figures
