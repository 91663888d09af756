"""Prompts share their beginnings and stop growing, so that long sessions stay affordable."""

from itertools import takewhile
from statistics import median

import pytest

from graph import ARMS
from nodes import ArmName, Context
from tests.graph.conftest import Stage

pytestmark = pytest.mark.slow


KEPT = 6  # prompts: those of two rounds


def new_characters(prompts: list[str]) -> list[int]:
    """How much of each prompt a server has to read that kept those just before it."""
    return [
        len(prompt) - max(common_start(one, prompt) for one in prompts[max(0, at - KEPT) : at])
        for at, prompt in enumerate(prompts[1:], start=1)
    ]


def common_start(one: str, other: str) -> int:
    """How many characters two texts share from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@pytest.mark.parametrize("arm", ARMS)
async def test_little_of_a_prompt_is_new_to_a_server_that_kept_those_before(
    arm: ArmName, patient: Stage
) -> None:
    context = Context(arm=arm, max_rounds=30)
    for number in range(2):  # fills the memories, so that prompts hold all that they ever hold
        await patient.graph.ainvoke({"user": 3, "episode": f"{number}"}, context=context)
    patient.asked.clear()
    await patient.graph.ainvoke({"user": 3, "episode": "measured"}, context=context)
    new = new_characters([prompt for _, prompt in patient.asked])[KEPT:]  # after the first rounds
    # 250 tokens; in one call the Planner and the Critic have both their turns
    usual, most = (1400, 2000) if ARMS[arm].fused else (1000, 1700)
    assert median(new) <= usual
    assert max(new) <= most  # after rounds became one line


async def test_prompts_of_round_90_are_at_most_a_fifth_larger_than_those_of_round_30(
    patient: Stage,
) -> None:
    await patient.graph.ainvoke({"user": 3}, context=Context(max_rounds=90, learn=False))
    for role in ("planner", "actor", "critic"):
        sizes = [len(prompt) for asked, prompt in patient.asked if asked == role]
        assert sizes[89] <= 1.2 * sizes[29], role
