"""Prompts share their beginnings and stop growing, so that long sessions stay affordable."""

from itertools import pairwise, takewhile

import pytest

from graph import ARMS
from nodes import ArmName, Context
from tests.graph.conftest import Stage

pytestmark = pytest.mark.slow


def shared_share(prompts: list[str]) -> float:
    """The share of characters that each prompt has in common with the one before it."""
    shared = sum(common_start(*pair) for pair in pairwise(prompts))
    return shared / sum(map(len, prompts[1:]))


def common_start(one: str, other: str) -> int:
    """How many characters two texts share from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@pytest.mark.parametrize("arm", ARMS)
async def test_successive_prompts_share_nine_tenths_of_their_text(
    arm: ArmName, patient: Stage
) -> None:
    context = Context(arm=arm, max_rounds=30)
    for number in range(2):  # fills the memories, so that prompts hold all that they ever hold
        await patient.graph.ainvoke({"user": 3, "episode": f"{number}"}, context=context)
    patient.asked.clear()
    await patient.graph.ainvoke({"user": 3, "episode": "measured"}, context=context)
    assert shared_share([prompt for _, prompt in patient.asked]) >= 0.9


async def test_prompts_of_round_90_are_at_most_a_fifth_larger_than_those_of_round_30(
    patient: Stage,
) -> None:
    await patient.graph.ainvoke({"user": 3}, context=Context(max_rounds=90, learn=False))
    for role in ("planner", "actor", "critic"):
        sizes = [len(prompt) for asked, prompt in patient.asked if asked == role]
        assert sizes[89] <= 1.2 * sizes[29], role
