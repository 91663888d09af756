"""What an evaluation plays: the arms of a training, or others with what one of them learned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from experiments.errors import RunError
from experiments.runs.settings import RunSettings
from experiments.runs.variants import MethodOrArm, Variant, variant

TEACHER = "billp"  # whose memories others have where a run trained several arms


def evaluated_variants(
    folder: Path, before: RunSettings, arms: Sequence[MethodOrArm] | None, model: str | None
) -> tuple[Variant, ...]:
    """The variants that learned in a run, or these arms with their memories, with this model.

    An arm that the run did not train has the memories of another that it did.
    """
    learned = {one.name: one for one in before.variants if one.learns}
    if arms is None and model is None:
        return tuple(learned.values())
    if any(one.name != one.method for one in learned.values()):
        raise RunError(
            f"{folder} has variants of an arm, {', '.join(learned)}: they are evaluated as they "
            "are, with no other --arms and --model"
        )
    usual = next(iter(learned.values()))
    model = model or usual.model or "offline"
    made = (
        replace(learned[arm], model=model) if arm in learned else variant(arm, model)
        for arm in dict.fromkeys(arms or learned)
    )
    return tuple(
        replace(one, changes=usual.changes, memory_of=_teacher(folder, one, learned))
        for one in made
    )


def _teacher(folder: Path, one: Variant, learned: Mapping[str, Variant]) -> str | None:
    """The variant whose memories another has; None for one that has its own, or none at all."""
    own_way = one.arm and (one.arm.trained_in or one.arm.verdicts != "own")
    if one.kind == "rl" or (own_way and one.name not in learned):
        raise RunError(f"{one.name} learns in a way of its own: play it with `billp compare`")
    if one.name in learned or not one.learns:
        return None
    if TEACHER in learned:
        return TEACHER
    if len(learned) == 1:
        return next(iter(learned))
    raise RunError(
        f"{folder} has trained {', '.join(learned)}, but neither {one.name!r} nor {TEACHER!r}, "
        "whose memories it would have: train one of these two"
    )
