"""How a run may grow: more of the same, which changes no episode that was played."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from experiments.runs.settings import RunSettings

EXTENDABLE = (
    "a run can be extended by more --episodes, --seeds and --arms, and another --evaluate; by more "
    "episodes that learn only at the end of a batch, and of a training alone"
)


def extended(before: RunSettings, now: RunSettings) -> RunSettings:
    """The settings of a run with what `now` adds to them.

    Every episode that was played is as in a run begun with the larger settings: users are drawn in
    an order that does not depend on their number, and a cell knows of no other. Episodes that learn
    come in batches, so a batch that was committed must have been full; and what was learned before
    an evaluation cannot grow after it.
    """
    added = dict[str, Any]()
    if before.trained and now.trained and not Path(before.trained).exists():
        added["trained"] = now.trained  # that training was moved
    if _begins_with(now.seeds, before.seeds):
        added["seeds"] = now.seeds
    if set(now.evaluate) >= set(before.evaluate):
        added["evaluate"] = now.evaluate
    if _may_compare_more(before, now):
        added["variants"] = now.variants
    if now.episodes > before.episodes and _may_evaluate_more(before):
        added["episodes"] = now.episodes
    if now.train_episodes > before.train_episodes and _may_train_more(before):
        added["train_episodes"] = now.train_episodes
    return replace(before, **added)


def _begins_with(whole: Any, part: Any) -> bool:
    return list(whole[: len(part)]) == list(part)


def _may_compare_more(before: RunSettings, now: RunSettings) -> bool:
    """Others may join those compared so far, whose first Critic remains the one that is studied."""
    kept = [one for one in now.variants if one in before.variants]
    judges = [next((v for v in run.variants if v.judges), None) for run in (before, now)]
    return kept == list(before.variants) and (before.critic is None or judges[0] == judges[1])


def _may_evaluate_more(before: RunSettings) -> bool:
    """Learning on, each batch must have been full."""
    return "online" not in before.evaluate or before.episodes % before.batch == 0


def _may_train_more(before: RunSettings) -> bool:
    return not before.evaluate and before.train_episodes % before.batch == 0
