"""A run's records made into its summary: the same one, in whatever order they were written."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from experiments.runs.presets import PHASES, Phase
from experiments.runs.records import BatchRecord, Record, RunFile
from experiments.statistics.memory_use import growth
from experiments.statistics.paired_differences import paired
from experiments.statistics.phase_figures import learning, phase_figures
from experiments.statistics.tally import Tally, joined, tallies

SCHEMA = 1
DIGITS = 6

Sizes = Mapping[int, list[Mapping[str, int]]]


@dataclass(frozen=True, eq=False)
class Cell:
    """What was written of a variant under a seed; the records may come as they are read."""

    variant: str
    seed: int
    records: Iterable[Record]
    batches: Iterable[BatchRecord] = ()
    curve: Mapping[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Reduced:
    """A variant over all seeds: its phases, memories by batch, and what a baseline learned from."""

    phases: Mapping[Phase, Tally]
    sizes: Sizes
    curves: list[Mapping[str, Any]]


def summarise_run(
    run: RunFile,
    cells: Iterable[Cell],
    groups: Mapping[str, int] | None = None,
    critic: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `summary.json` holds; a cell is let go of before the next is asked for."""
    settings = run["settings"]
    variants = {variant["name"]: variant for variant in settings["variants"]}
    reduced = _reduced(variants, cells)
    return {
        "schema": SCHEMA,
        "preset": run["preset"],
        "world": run["world"],
        "rounds": settings["max_rounds"],
        "seeds": settings["seeds"],
        "variants": {
            name: {
                **{key: variant[key] for key in ("kind", "method", "model", "changes")},
                "phases": _rounded(
                    {
                        phase: phase_figures(tally, variant, run["prices"], groups)
                        for phase, tally in reduced[name].phases.items()
                    }
                ),
                "learning": _rounded(learning(reduced[name].phases.get("train", Tally()))),
                "growth": _rounded(growth(reduced[name].sizes)),
                "curves": _rounded(reduced[name].curves),
            }
            for name, variant in variants.items()
        },
        "paired": _rounded(list(paired({name: one.phases for name, one in reduced.items()}))),
        "critic": _rounded(critic),
    }


def _reduced(variants: Iterable[str], cells: Iterable[Cell]) -> dict[str, Reduced]:
    """Every variant over all its cells."""
    parts = {name: defaultdict[Phase, list[Tally]](list) for name in variants}
    sizes = {name: defaultdict[int, list[Mapping[str, int]]](list) for name in parts}
    curves = {name: list[Mapping[str, Any]]() for name in parts}
    for cell in cells:
        if cell.variant not in parts:
            raise ValueError(f"variant {cell.variant!r} is not of this run: {', '.join(parts)}")
        for phase, tally in tallies(cell.seed, cell.records).items():
            parts[cell.variant][phase].append(tally)
        for batch, rows in _trained(cell.batches).items():
            sizes[cell.variant][batch].append(rows)
        if cell.curve is not None:
            curves[cell.variant].append({"seed": cell.seed, **cell.curve})
    return {
        name: Reduced(
            {phase: joined(of[phase]) for phase in PHASES if phase in of},
            dict(sizes[name]),
            curves[name],
        )
        for name, of in parts.items()
    }


def _trained(batches: Iterable[BatchRecord]) -> dict[int, Mapping[str, int]]:
    """How large memories were after each batch of training."""
    return {b["batch"]: b["rows"] for b in batches if b["phase"] == "train" and b["rows"]}


def _rounded(value: Any) -> Any:
    """Figures to six digits, so that the last bits of a sum make no difference."""
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no minus before a zero
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value
