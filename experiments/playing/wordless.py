"""Rounds of policies, which say nothing."""

from nodes import Step
from simulator import QuitCause


def wordless_step(
    round_: int, item: str, reward: float = 0.0, quit_: QuitCause | None = None
) -> Step:
    """The record of a round without the words of an arm."""
    return Step(
        round=round_,
        thought="",
        plan="",
        reply="",
        item=item,
        found="exact",
        reward=reward,
        quit=quit_,
    )
