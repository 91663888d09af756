"""A run's summary: computed from its episodes, the same in whatever order they were written."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from itertools import combinations
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from experiments.errors import RunError
from experiments.runs.cell import cell_of
from experiments.runs.files import read_json, write_json
from experiments.runs.presets import PHASES, Phase
from experiments.runs.records import BatchRecord, read_curve
from experiments.runs.run_file import RunFile
from experiments.runs.variants import Variant
from experiments.statistics.ablations import alike_sessions, differ_in_learning_alone
from experiments.statistics.critic_comparison import compare_estimators, reference_variance
from experiments.statistics.episodes import Episode, read_episodes
from experiments.statistics.figures import (
    CriticFigures,
    PairedDifference,
    RunSummary,
    SeedCurve,
    VariantSummary,
)
from experiments.statistics.memory_use import growth
from experiments.statistics.metrics import metric_differences
from experiments.statistics.phase_figures import learning_points, phase_figures
from experiments.statistics.popularity import popularity_groups
from experiments.statistics.session_table import SessionTable, shared_sessions
from simulator import World

SCHEMA = 1
SUMMARY = "summary.json"
DIGITS = 6
REMEDY = "delete it and give the run's command again"
RUN_SUMMARY, CRITIC = TypeAdapter(RunSummary), TypeAdapter(CriticFigures)

Batches = Mapping[str, Sequence[Sequence[BatchRecord]]]  # by variant, then of each seed


def summarise_run(
    run: RunFile,
    episodes: Iterable[Episode],
    batches: Batches | None = None,
    curves: Mapping[str, Sequence[SeedCurve]] | None = None,
    groups: Mapping[str, int] | None = None,
    critic: CriticFigures | None = None,
) -> RunSummary:
    """The summary of a run; batches and curves come by variant."""
    tables = phase_tables(run, episodes)
    summary = RunSummary(
        schema=SCHEMA,
        preset=run.preset,
        world=run.world,
        rounds=run.settings.max_rounds,
        seeds=list(run.settings.seeds),
        variants={
            variant.name: VariantSummary(
                kind=variant.kind,
                method=variant.method,
                model=variant.model,
                changes=variant.changes,
                phases={
                    phase: phase_figures(table, variant, run, groups)
                    for phase, table in tables[variant.name].items()
                },
                learning=learning_points(tables[variant.name].get("train", SessionTable(()))),
                growth=growth((batches or {}).get(variant.name, ())),
                curves=(curves or {}).get(variant.name, ()),
                own=variant.own,
            )
            for variant in run.settings.variants
        },
        paired=list(paired_differences(run.settings.variants, tables)),
        critic=critic and _compared(critic),
    )
    return _rounded_summary(summary)


def write_summary(
    folder: Path, run: RunFile, world: World, episodes: Iterable[Episode] | None = None
) -> RunSummary:
    """Derives summary.json from the records, or from episodes that were read of these before."""
    batches = defaultdict[str, list[Sequence[BatchRecord]]](list)
    curves = defaultdict[str, list[SeedCurve]](list)
    for variant in run.settings.variants:
        for seed in run.settings.seeds:
            cell = cell_of(folder, variant.folder, seed)
            batches[variant.name].append(cell.batches("train"))
            if curve := read_curve(cell.folder):
                curves[variant.name].append(SeedCurve(seed=seed, **vars(curve)))
    critic = folder / "critic.json"
    summary = summarise_run(
        run,
        read_episodes(folder, run) if episodes is None else episodes,
        batches,
        curves,
        popularity_groups(world),
        read_json(critic, CRITIC, REMEDY) if critic.exists() else None,
    )
    write_json(folder / SUMMARY, asdict(summary))
    return summary


def read_summary(folder: Path) -> RunSummary:
    """A run's summary."""
    try:
        return read_json(folder / SUMMARY, RUN_SUMMARY, REMEDY)
    except FileNotFoundError as error:
        raise RunError(
            f"{folder} has no {SUMMARY} yet: give the run's command again to finish it"
        ) from error


def phase_tables(run: RunFile, episodes: Iterable[Episode]) -> dict[str, dict[Phase, SessionTable]]:
    """The table of each phase that a variant played, over all seeds."""
    played = defaultdict[tuple[str, Phase], list[Episode]](list)
    for episode in episodes:
        played[episode.variant, episode.phase].append(episode)
    return {
        variant.name: {
            phase: SessionTable(played[variant.name, phase])
            for phase in PHASES
            if (variant.name, phase) in played
        }
        for variant in run.settings.variants
    }


def _compared(critic: CriticFigures) -> CriticFigures:
    return replace(
        critic,
        estimators=compare_estimators(critic.states),
        reference_variance=reference_variance(critic.states),
    )


def _rounded_summary(summary: RunSummary) -> RunSummary:
    """Figures to six digits, so that the last bits of a sum make no difference."""
    content = asdict(summary)
    for variant in content["variants"].values():
        for part in ("phases", "learning", "growth", "curves"):
            variant[part] = _rounded(variant[part])
    content["paired"], content["critic"] = _rounded(content["paired"]), _rounded(content["critic"])
    return RUN_SUMMARY.validate_python(content)


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, DIGITS) + 0.0  # no minus before a zero
    if isinstance(value, Mapping):
        return {key: _rounded(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(part) for part in value]
    return value


def paired_differences(
    variants: Sequence[Variant], tables: Mapping[str, Mapping[Phase, SessionTable]]
) -> Iterator[PairedDifference]:
    """Every variant minus each later one, on the same seed, user and number."""
    named = {variant.name: variant for variant in variants}
    for phase in PHASES:
        played = {name: of[phase] for name, of in tables.items() if phase in of}
        for a, b in combinations(played, 2):
            shared = shared_sessions(played[a], played[b])
            if shared is None:
                continue
            first, second = shared
            found = metric_differences(played[a].sessions(first), played[b].sessions(second))
            alike = None
            if differ_in_learning_alone(named[a], named[b]):
                alike = alike_sessions(played[a].chosen(first), played[b].chosen(second))
            yield PairedDifference(
                phase=phase, a=a, b=b, pairs=len(first), alike=alike, **vars(found)
            )
