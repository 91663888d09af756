"""A variant's figures of one phase."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, get_args

import numpy as np

from experiments.runs.chat_models import Prices, cost
from experiments.statistics.intervals import mean
from experiments.statistics.memory_use import memory_use
from experiments.statistics.metrics import Sessions, figures, seed_spread
from experiments.statistics.popularity import group_shares
from experiments.statistics.tally import CAUSES, STAYED, Rows, Tally
from models import ROLES
from nodes.catalogue.grounding import Found

ENDS = (*CAUSES, "stayed")


def phase_figures(
    tally: Tally, variant: Mapping[str, Any], prices: Prices, groups: Mapping[str, int] | None
) -> dict[str, Any]:
    """What the summary says of a phase; errors count as errors and in what they cost."""
    rows = tally.rows
    asks = variant["kind"] == "llm"
    return {
        **_counts(tally),
        **asdict(figures(tally.sessions())),
        "without_last": asdict(figures(_without_last(rows))),
        "seed_spread": _seed_spread(tally),
        "ends": {ENDS[cause]: int(count) for cause, count in enumerate(_ends(rows)) if count},
        "survival": survival(rows),
        "distinct_items": {
            "per_episode": asdict(mean(rows["distinct"], rows["user"])),
            "overall": len(tally.items),
        },
        "repeats": float((rows["rounds"] - rows["distinct"]).mean()) if len(rows) else None,
        "groups": group_shares(tally.items, groups) if groups is not None else None,
        "found": _found(tally) if asks else None,
        "memory": memory_use(tally, variant),
        "usage": _usage(tally) if asks else None,
        "money": cost(tally.usage, variant, prices),
    }


def learning(tally: Tally) -> list[dict[str, Any]]:
    """The figures batch by batch."""
    return [
        {
            "batch": int(batch),
            "episodes": int(chosen.sum()),
            **asdict(figures(tally.sessions(chosen))),
        }
        for batch in np.unique(tally.rows["batch"])
        for chosen in [tally.rows["batch"] == batch]
    ]


def survival(rows: Rows) -> list[dict[str, float]]:
    """After each round the share of sessions still going, and the shares left for each cause."""
    longest = int(rows["rounds"].max()) if len(rows) else 0
    left = {
        cause: np.bincount(rows["rounds"][rows["cause"] == code].astype(int), minlength=longest + 1)
        for code, cause in enumerate(CAUSES)
    }
    shares = {cause: ended.cumsum() / len(rows) for cause, ended in left.items() if ended.any()}
    return [
        {
            "round": round_,
            "alive": 1.0 - float(sum(share[round_] for share in shares.values())),
            **{cause: float(share[round_]) for cause, share in shares.items()},
        }
        for round_ in range(1, longest + 1)
    ]


def _counts(tally: Tally) -> dict[str, Any]:
    return {
        "episodes": len(tally.rows),
        "errors": tally.errors.total(),
        "error_types": dict(sorted(tally.errors.items())),
        "users": len(np.unique(tally.rows["user"])),
    }


def _ends(rows: Rows) -> list[int]:
    return [int(count) for count in np.bincount(rows["cause"], minlength=STAYED + 1)]


def _without_last(rows: Rows) -> Sessions:
    """The sessions as if the round that made the user leave had not been."""
    return Sessions(rows["user"], rows["rounds_kept"], rows["total_kept"])


def _seed_spread(tally: Tally) -> dict[str, float] | None:
    seeds = tally.rows["seed"]
    spread = seed_spread([tally.sessions(seeds == seed) for seed in np.unique(seeds)])
    return asdict(spread) if spread else None


def _found(tally: Tally) -> dict[str, float] | None:
    """How the Actor's words led to an item, in shares of all recommendations."""
    total = tally.found.total()
    return {how: tally.found[how] / total for how in get_args(Found)} if total else None


def _usage(tally: Tally) -> dict[str, dict[str, int]]:
    return {role: tally.usage[role]._asdict() for role in ROLES if role in tally.usage}
