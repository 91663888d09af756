"""What the offline model looks for in prompts is where the real prompts put it."""

import re

import pytest

from models.stand_ins.offline.actor import read_offer
from models.stand_ins.offline.reading import ITEM, ROUND, text_under
from nodes import Context
from nodes.candidates import OFFERED
from stores import ROUNDS_PER_TICK, Lessons, Memories, experience
from tests.graph.conftest import Stage

ROUNDS = 6


@pytest.fixture
async def prompts(patient: Stage) -> dict[str, list[str]]:
    """The prompts of a session that finds principles, experience and values, by role."""
    context = Context(max_rounds=ROUNDS, tau_actor=4.0, tau_critic=4.0)
    await patient.graph.ainvoke({"user": 3, "episode": "taught"}, context=context)
    patient.asked.clear()
    await patient.graph.ainvoke({"user": 3, "episode": "read"}, context=context)
    by_role: dict[str, list[str]] = {}
    for role, prompt in patient.asked:
        by_role.setdefault(role, []).append(prompt)
    return by_role


async def test_it_finds_every_round_and_every_viewed_title(prompts: dict[str, list[str]]) -> None:
    for number, prompt in enumerate(prompts["actor"]):
        lines = text_under(prompt, "This session").splitlines()
        assert sum(bool(ROUND.fullmatch(line)) for line in lines) == number
        assert len(ITEM.findall(text_under(prompt, "Viewed before"))) >= 5


async def test_it_finds_plan_and_items(prompts: dict[str, list[str]]) -> None:
    for prompt in prompts["actor"]:
        assert "Next:" in text_under(prompt, "Plan")
        offered = ITEM.findall(text_under(prompt, "Catalogue"))
        assert len(offered) == OFFERED
        assert all(genres and rating for _, genres, rating in offered)


async def test_it_finds_that_it_is_to_explore(prompts: dict[str, list[str]]) -> None:
    for prompt in prompts["actor"]:
        assert text_under(prompt, "Experience").startswith("explore")
        assert [one.stayed for one in read_offer(text_under(prompt, "Catalogue"))] == [None] * 10


async def test_it_finds_the_experience_of_each_item(patient: Stage, memories: Memories) -> None:
    leaving = [
        experience(
            f"a situation {number}",
            "an item",
            verdict=0,
            at=number * ROUNDS_PER_TICK,
            known={
                **{f"alike{rounds}": 0.1 * (number % 7) for rounds in (1, 2, 4, 8)},
                "rating": 1.0 + number % 4,
                "stayed": int(number % 4 > 1),
                "advantage": 1.0,
                "place": "demo: best, rested, search, taste",
            },
        )
        for number in range(1, 41)
    ]
    memories.commit(Lessons("earlier", 1, {"experiences": tuple(leaving)}))
    await patient.graph.ainvoke({"user": 3}, context=Context(max_rounds=2, half="test"))
    prompt = next(prompt for role, prompt in patient.asked if role == "actor")
    offered = read_offer(text_under(prompt, "Catalogue"))
    assert len(offered) == OFFERED
    assert all(one.stayed is not None and one.stayed > 50 for one in offered)
    assert text_under(prompt, "Experience") == ""


async def test_it_finds_principles_values_and_the_scale(prompts: dict[str, list[str]]) -> None:
    assert text_under(prompts["planner"][0], "Principles").startswith("- ")
    for prompt in prompts["critic"]:
        assert re.findall(r"worth (\d+(?:\.\d+)?)", text_under(prompt, "Values"))
        assert re.findall(r"from 0 to (\d+(?:\.\d+)?)", prompt)[-1] == "10"
