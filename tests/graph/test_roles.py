"""Who speaks, when, and beside whom."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import PrivateAttr

from graph import ARMS
from models import OfflineChatModel
from nodes import ArmName, Context
from stores import Memories
from tests.graph.conftest import PATIENT, Stage

ROUNDS = 5


@pytest.mark.parametrize("arm", ARMS)
async def test_each_arm_calls_exactly_its_roles_in_a_session_cut_off_after_five_rounds(
    arm: ArmName, patient: Stage
) -> None:
    await patient.graph.ainvoke({"user": 3}, context=Context(arm=arm, max_rounds=ROUNDS))
    calls = Counter(role for role, _ in patient.asked)
    roles = ARMS[arm]
    assert calls == Counter(
        actor=ROUNDS,
        planner=ROUNDS * roles.plans,
        critic=1 if roles.fused else (ROUNDS + 1) * roles.criticises,
        reflector=1 * roles.reflects,
    )


async def test_a_user_who_left_costs_no_call_for_the_value_of_what_comes_after(
    stage: Stage,
) -> None:
    state = await stage.graph.ainvoke({"user": 3}, context=Context())
    calls = Counter(role for role, _ in stage.asked)
    assert state["ending"]["terminated"]
    assert calls["critic"] == len(state["steps"])
    assert state["verdicts"][-1]["next_value"] == 0


@pytest.mark.parametrize("arm", ARMS)
async def test_only_arms_with_a_memory_show_their_roles_anything_from_it(
    arm: ArmName, patient: Stage
) -> None:
    context = Context(arm="billp", max_rounds=3)
    await patient.graph.ainvoke({"user": 3, "episode": "taught"}, context=context)
    patient.asked.clear()
    await patient.graph.ainvoke({"user": 3}, context=Context(arm=arm, max_rounds=1))
    principles = any("## Principles" in prompt for _, prompt in patient.asked)
    experience = any("## Experience" in prompt for _, prompt in patient.asked)
    assert (principles, experience) == (ARMS[arm].reflects, ARMS[arm].criticises)


class MeetingModel(OfflineChatModel):
    """Lets a critic finish only once a planner has started beside it, and logs who came when."""

    _events: list[str] = PrivateAttr(default_factory=list)
    _planned: asyncio.Event = PrivateAttr(default_factory=asyncio.Event)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        role = run_manager.metadata["role"] if run_manager else None
        self._events.append(f"{role} begins")
        if role == "planner":
            self._planned.set()
        if role == "critic" and self._events.count("critic begins") <= ROUNDS:
            await asyncio.wait_for(self._planned.wait(), timeout=30)
            self._planned.clear()
            for _ in range(50):  # lets everything else run that does not wait for the critic
                await asyncio.sleep(0)
        self._events.append(f"{role} ends")
        return await super()._agenerate(messages, stop, run_manager, **kwargs)


async def test_the_critic_works_beside_the_planner_and_is_done_before_the_next_actor(
    memories: Memories,
) -> None:
    model = MeetingModel()
    stage = Stage(memories, model=model, rule=PATIENT)
    await stage.graph.ainvoke({"user": 3}, context=Context(max_rounds=ROUNDS))
    events = model._events
    actors = [n for n, event in enumerate(events) if event == "actor begins"]
    assert len(actors) == ROUNDS
    for round_, position in enumerate(actors, start=1):
        assert events[:position].count("critic ends") == round_
        assert events[:position].count("planner ends") == round_


async def test_two_chat_calls_follow_one_another_in_a_step(patient: Stage) -> None:
    updates: list[set[str]] = []
    graph = patient.graph
    async for mode, event in graph.astream(
        {"user": 3}, context=Context(max_rounds=ROUNDS), stream_mode=["updates", "debug"]
    ):
        if mode == "debug" and event["type"] == "task":  # type: ignore[index]
            step, name = event["step"], event["payload"]["name"]  # type: ignore[index]
            while len(updates) <= step:
                updates.append(set())
            updates[step].add(name)
    chatting = {"planner", "actor", "critic", "reflector"}
    supersteps = [names & chatting for names in updates if names & chatting]
    assert supersteps == [{"planner", "critic"}, {"actor"}] * ROUNDS + [{"critic", "reflector"}]
