"""Whether an ablation changed anything: arms whose roles read and said the same, word for word."""

from collections.abc import Sequence
from dataclasses import replace

from experiments.runs.presets import Phase
from experiments.runs.variants import Variant
from experiments.statistics.episodes import Episode
from experiments.statistics.figures import AlikeSessions, RunSummary
from graph.arms import ARMS
from nodes import Arm
from stores import MEMORIES

EXPERIENCES = 2 * MEMORIES.index("experiences")  # rounds with a hit, in `Episode.hits`


def differ_in_learning_alone(a: Variant, b: Variant) -> bool:
    """Whether two arms have the same tools, chat model and settings, and other memories."""
    if a.arm is None or b.arm is None:
        return False
    return (a.arm.tools, a.model, a.changes) == (b.arm.tools, b.model, b.changes)


def alike_sessions(a: Sequence[Episode], b: Sequence[Episode]) -> AlikeSessions:
    """The pairs in which Planner and Actor read and said the same.

    What these two read beyond it are experiences: they are counted by round.
    """
    alike = [(one, other) for one, other in zip(a, b, strict=True) if one.words == other.words]
    return AlikeSessions(
        sessions=len(alike),
        rounds=sum(one.rounds for one, _ in alike),
        with_experience=round(
            sum(max(one.hits[EXPERIENCES], other.hits[EXPERIENCES]) for one, other in alike)
        ),
    )


def unchanged_notes(summary: RunSummary, phase: Phase) -> list[str]:
    """A sentence for each two arms of which the sessions of a phase are all alike."""
    notes = []
    for pair in summary.paired:
        alike = pair.alike
        if pair.phase != phase or alike is None or alike.sessions < pair.pairs:
            continue
        if _arm_but_for_its_name(summary, pair.a) == _arm_but_for_its_name(summary, pair.b):
            notes.append(f"{pair.a} and {pair.b} are equal: they are one arm under two names.")
            continue
        same = f"{pair.a} and {pair.b} are equal: in all {pair.pairs:,} paired sessions "
        if alike.with_experience:
            notes.append(
                f"{same}the same was said. An experience was found in {alike.with_experience:,} "
                f"of {alike.rounds:,} rounds, and changed no reply."
            )
        else:
            notes.append(
                f"{same}no prompt of Planner or Actor differed by a word, since the memories that "
                "only one of them has held nothing for these sessions."
            )
    return notes


def _arm_but_for_its_name(summary: RunSummary, name: str) -> Arm | str:
    """The arm that a variant plays; its own name stands for one that this version has not."""
    variant = summary.variants[name]
    arm = variant.own or ARMS.get(variant.method)
    return replace(arm, name="") if arm else name
