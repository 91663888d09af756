"""Runs and records of a chosen shape, for tests of what is derived from them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.playing.wordless import wordless_step
from experiments.runs.presets import Phase
from experiments.runs.records import Record
from experiments.runs.run_file import RunFile, WorldFacts
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant
from experiments.runs.variants import variant as named
from experiments.statistics.episodes import Episode, reduced
from experiments.statistics.figures import PhaseFigures
from experiments.statistics.summary import summarise_run
from graph.training import EpisodeFailure
from models import Price
from nodes import Recall, Step, Usage
from simulator import QuitCause, QuitRule

FREE = {"offline": Price(0.0, 0.0, 0.0)}


def variant(method: str, /, **changed: Any) -> Variant:
    """The variant of a method under its own name and with the offline model, unless told."""
    return replace(named(method, "offline"), **changed)


def run_file(
    *variants: Variant,
    prices: Mapping[str, Price | None] = FREE,
    world: WorldFacts = WorldFacts("demo", "d", 300, 500, QuitRule(beta=0.1234567891)),  # noqa: B008
    models: Mapping[str, Mapping[str, str]] | None = None,
    **settings: Any,
) -> RunFile:
    """A run of these variants."""
    return RunFile(
        schema=1,
        preset="table3",
        settings=RunSettings("table3", world.name, variants, **{"seeds": (0,), **settings}),
        world=world,
        versions={"billp": "0.1.0", "python": "3.11.2"},
        models=models,
        prices=prices,
    )


def step(round_: int, item: str, reward: float, **changed: Any) -> Step:
    """A round of a session that goes on."""
    return {**wordless_step(round_, item, reward), **changed}  # type: ignore[typeddict-item]


def record(
    number: int = 0,
    ratings: Sequence[float] = (4.0,),
    cause: QuitCause | None = "similar",
    *,
    phase: Phase = "frozen",
    items: Sequence[str] | None = None,
    found: Sequence[str] | None = None,
    error: EpisodeFailure | None = None,
    **changed: Any,
) -> Record:
    """An episode of these ratings, by a user of the same number unless told."""
    items = items or [f"Title {place}" for place in range(len(ratings))]
    steps = [
        step(at + 1, items[at], rating, found=found[at] if found else "exact")
        for at, rating in enumerate(ratings)
    ]
    if steps:
        steps[-1]["quit"] = cause
    made = Record(
        id=f"{phase}-{number}",
        variant="any",
        seed=0,
        phase=phase,
        number=number,
        batch=1,
        user=number,
        started=0,
        history=[],
        steps=steps,
        verdicts=[],
        recalls=[],
        principles=[],
        usage=[],
        reflection="",
        cause=None if error else cause,
        error=error,
    )
    return {**made, **changed}  # type: ignore[typeddict-item]


def failed(number: int, type_: str, usage: Sequence[Usage] = (), **more: Any) -> Record:
    """An episode that broke off after two rounds."""
    error = EpisodeFailure(type=type_, message="no answer")
    return record(number, (5.0, 5.0), None, usage=usage, error=error, **more)


def tokens(role: Any, input_: int, output: int, cached: int = 0, calls: int = 1) -> Usage:
    """The tokens of a role's turn."""
    return Usage(
        round=1, role=role, calls=calls, input=input_, output=output, cached=cached, estimated=0
    )


def recall(memory: Any, round_: int, distance: float, role: Any = "actor") -> Recall:
    """A memory that was found."""
    return Recall(round=round_, role=role, memory=memory, id="x", distance=distance)


def episodes(
    records: Iterable[Record], variant: str = "billp", seed: int | None = None
) -> list[Episode]:
    """Records of a variant as they are read; of those with one id the last counts."""
    made = [
        reduced(one, variant, one["seed"] if seed is None else seed, Path("none"))
        for one in records
    ]
    return list({episode.place: episode for episode in made}.values())


def phase_of(
    records: Iterable[Record],
    of: Variant | None = None,
    phase: Phase = "frozen",
    *,
    groups: Mapping[str, int] | None = None,
    **run: Any,
) -> PhaseFigures:
    """A phase's figures in the summary of a run of one variant, BiLLP unless told."""
    one = of or variant("billp")
    summary = summarise_run(run_file(one, **run), episodes(records, one.name), groups=groups)
    return summary.variants[one.name].phases[phase]
