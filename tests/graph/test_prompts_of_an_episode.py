"""Prompts share their beginnings and stop growing, so that long sessions stay affordable."""

from itertools import pairwise, takewhile
from statistics import median

import pytest

from graph import ARMS
from nodes import ArmName, Context
from tests.graph.conftest import Stage

pytestmark = pytest.mark.slow


def new_characters(prompts: list[str]) -> list[int]:
    """How much of each prompt a server has to read that kept the one before it."""
    return [len(two) - common_start(one, two) for one, two in pairwise(prompts)]


def common_start(one: str, other: str) -> int:
    """How many characters two texts share from their beginning."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


@pytest.mark.parametrize("arm", ARMS)
async def test_little_of_a_prompt_is_new_to_a_server_that_kept_the_one_before(
    arm: ArmName, patient: Stage
) -> None:
    context = Context(arm=arm, max_rounds=30)
    for number in range(2):  # fills the memories, so that prompts hold all that they ever hold
        await patient.graph.ainvoke({"user": 3, "episode": f"{number}"}, context=context)
    patient.asked.clear()
    await patient.graph.ainvoke({"user": 3, "episode": "measured"}, context=context)
    new = new_characters([prompt for _, prompt in patient.asked])
    assert median(new) <= 1000  # 250 tokens
    assert max(new) <= 1700  # the Reflector's: fifteen rounds in one line, then its counts


async def test_prompts_of_round_90_are_at_most_a_fifth_larger_than_those_of_round_30(
    patient: Stage,
) -> None:
    await patient.graph.ainvoke({"user": 3}, context=Context(max_rounds=90, learn=False))
    for role in ("planner", "actor", "critic"):
        sizes = [len(prompt) for asked, prompt in patient.asked if asked == role]
        assert sizes[89] <= 1.2 * sizes[29], role
