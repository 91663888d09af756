"""A variant's figures of one phase."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import get_args

import numpy as np

from experiments.runs.money import cost, total
from experiments.runs.run_file import RunFile
from experiments.runs.variants import Variant
from experiments.statistics.episodes import STAYED, Episode
from experiments.statistics.figures import DistinctItems, LearningPoint, PhaseFigures
from experiments.statistics.intervals import mean
from experiments.statistics.memory_use import memory_use
from experiments.statistics.metrics import Spread, metrics, seed_spread
from experiments.statistics.popularity import group_shares
from experiments.statistics.session_table import SessionTable
from models import ROLES, Tokens
from nodes.catalogue.grounding import Found
from simulator import QuitCause

CAUSES: tuple[QuitCause, ...] = get_args(QuitCause)


def phase_figures(
    table: SessionTable, variant: Variant, run: RunFile, groups: Mapping[str, int] | None
) -> PhaseFigures:
    """All figures of a phase; those of chat models are None where none speaks."""
    speaks, distinct = variant.kind == "llm", table.column(lambda one: len(set(one.items)))
    ends = Counter(episode.end for episode in table.finished)
    repeats = table.column(lambda one: one.rounds) - distinct
    usage = {role: table.usage[role] for role in ROLES if role in table.usage}
    return PhaseFigures(
        episodes=len(table.finished),
        errors=table.errors.total(),
        error_types=dict(sorted(table.errors.items())),
        users=len(np.unique(table.users())),
        **vars(metrics(table.sessions())),
        without_last=metrics(table.sessions_without_last()),
        seed_spread=_seed_spread(table),
        ends={end: ends[end] for end in (*CAUSES, STAYED) if ends[end]},
        survival=survival(table.finished),
        distinct_items=DistinctItems(mean(distinct, table.users()), len(table.items)),
        repeats=float(repeats.mean()) if len(repeats) else None,
        groups=None if groups is None else group_shares(table.items, groups),
        found=_found(table) if speaks else None,
        memory=memory_use(table.finished, variant),
        usage=usage if speaks else None,
        money=_money(table, run.models_of(variant), run),
    )


def learning_points(table: SessionTable) -> list[LearningPoint]:
    """The metrics batch by batch."""
    batches = table.column(lambda one: one.batch)
    return [
        LearningPoint(
            batch=int(batch),
            episodes=int((batches == batch).sum()),
            **vars(metrics(table.sessions(batches == batch))),
        )
        for batch in np.unique(batches)
    ]


def survival(sessions: Sequence[Episode]) -> list[dict[str, int | float]]:
    """After each round the share of sessions still going, and the shares left for each cause."""
    longest = max((one.rounds for one in sessions), default=0)
    shares = {}
    for cause in CAUSES:
        if lengths := [one.rounds for one in sessions if one.cause == cause]:
            shares[cause] = np.bincount(lengths, minlength=longest + 1).cumsum() / len(sessions)
    return [
        {
            "round": round_,
            "alive": 1.0 - float(sum(share[round_] for share in shares.values())),
            **{cause: float(share[round_]) for cause, share in shares.items()},
        }
        for round_ in range(1, longest + 1)
    ]


def _seed_spread(table: SessionTable) -> Spread | None:
    seeds = table.column(lambda one: one.seed)
    return seed_spread([table.sessions(seeds == seed) for seed in np.unique(seeds)])


def _found(table: SessionTable) -> dict[str, float] | None:
    """The shares of recommendations that grounding found exactly, nearly, and so on."""
    count = table.found.total()
    return {how: table.found[how] / count for how in get_args(Found)} if count else None


def _money(table: SessionTable, models: Mapping[str, str], run: RunFile) -> float | None:
    """What the tokens cost in USD; None where a price is unknown or no chat model speaks."""
    if not models:
        return None
    used = {str(role): Tokens(u.input, u.output, u.cached) for role, u in table.usage.items()}
    return total(
        cost(model, used.get(role, Tokens()), run.prices) for role, model in models.items()
    )
