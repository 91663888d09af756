"""What the offline model looks for in prompts is where the real prompts put it."""

import re

import pytest

from models.stand_ins.offline.reading import ITEM, ROUND, text_under
from nodes import Context
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


async def test_it_finds_plan_items_and_experience(prompts: dict[str, list[str]]) -> None:
    for prompt in prompts["actor"]:
        assert "Next:" in text_under(prompt, "Plan")
        offered = ITEM.findall(text_under(prompt, "Catalogue"))
        assert len(offered) == 6
        assert all(genres and rating for _, genres, rating in offered)
    assert any("paid off:" in text_under(prompt, "Experience") for prompt in prompts["actor"])


async def test_it_finds_principles_values_and_the_scale(prompts: dict[str, list[str]]) -> None:
    assert text_under(prompts["planner"][0], "Principles").startswith("- ")
    for prompt in prompts["critic"]:
        assert re.findall(r"worth (\d+(?:\.\d+)?)", text_under(prompt, "Values"))
        assert re.findall(r"from 0 to (\d+(?:\.\d+)?)", prompt)[-1] == "10"
