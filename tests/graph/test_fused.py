"""The Planner and the Critic in one call: the same session with two thirds of the calls."""

from collections import Counter
from typing import Any

from nodes import Context
from nodes.context import ArmName
from tests.graph.conftest import Stage

ROUNDS = 8


async def played(stage: Stage, **settings: Any) -> dict[str, Any]:
    context = Context(max_rounds=ROUNDS, learn=False, **settings)
    state: dict[str, Any] = await stage.graph.ainvoke({"user": 3}, context=context)
    return state


def calls(state: dict[str, Any]) -> Counter[str]:
    return Counter(used["role"] for used in state["usage"])


async def test_the_stand_in_plays_the_same_session(patient: Stage) -> None:
    usual, fused = await played(patient), await played(patient, fused=True)
    for key in ("steps", "verdicts", "reflection", "ending"):
        assert fused[key] == usual[key]
    assert calls(usual) == {"planner": 8, "actor": 8, "critic": 9, "reflector": 1}
    assert calls(fused) == {
        "planner": 8,
        "actor": 8,
        "critic": 1,
        "reflector": 1,
    }  # the cap's value


async def test_the_arm_of_that_name_is_fused(patient: Stage) -> None:
    state = await played(patient, arm="billp-fused")
    assert calls(state)["critic"] == 1


async def test_an_arm_without_one_of_the_two_plays_as_ever(patient: Stage) -> None:
    arms: tuple[ArmName, ...] = ("react", "act-only", "reflexion")
    for arm in arms:
        usual, fused = await played(patient, arm=arm), await played(patient, arm=arm, fused=True)
        assert (fused["steps"], calls(fused)) == (usual["steps"], calls(usual))
