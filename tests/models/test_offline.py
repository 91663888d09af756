"""The offline model: seeded, readable, and moved by what its prompt says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ROLES, ModelSpec, Role, connect
from models.stand_ins.offline import reply as offline_reply
from nodes.parsing.action import parse_action
from nodes.parsing.plan import parse_plan
from nodes.parsing.reflection import parse_reflection, reflection_text
from nodes.parsing.value import parse_value
from tests.models.conftest import OFFERED, ask, prompt_for

seeds = st.integers(0, 2**31 - 1)
noise = st.text(max_size=40).map(lambda text: f"({text!r})\n")  # no line of it starts a section


def reply(role: Role, seed: int = 0, before: str = "") -> str:
    return offline_reply(role, prompt_for(role, before), seed)


@given(role=st.sampled_from(ROLES), seed=seeds, before=noise)
def test_the_same_prompt_and_seed_get_the_same_reply(role: Role, seed: int, before: str) -> None:
    assert reply(role, seed, before) == reply(role, seed, before)


@pytest.mark.parametrize("role", ["planner", "actor"])
def test_another_seed_answers_some_prompts_otherwise(role: Role) -> None:
    prompts = [f"(case {number})\n" for number in range(20)]
    assert any(reply(role, 1, prompt) != reply(role, 2, prompt) for prompt in prompts)


@given(seed=seeds, before=noise)
def test_thoughts_can_be_read(seed: int, before: str) -> None:
    said = reply("planner", seed, before)
    assert parse_plan(said) == said


@given(seed=seeds, before=noise)
def test_actions_name_an_item_that_the_catalogue_offers(seed: int, before: str) -> None:
    assert parse_action(reply("actor", seed, before)) in OFFERED


def test_an_actor_whom_nothing_is_offered_asks_for_the_plans_genre() -> None:
    prompt = "## Plan\nThey like it quiet. Next: Farming.\n\n## Your turn\nAction:"
    said = offline_reply("actor", prompt, 0)
    assert parse_action(said) == "something in Farming"


@given(seed=seeds, before=noise)
def test_values_are_numbers_within_the_asked_range(seed: int, before: str) -> None:
    said = reply("critic", seed, before)
    assert 0 <= float(said) <= 10
    assert parse_value(said, 10) == float(said)


@given(seed=seeds, before=noise)
def test_reflections_can_be_read(seed: int, before: str) -> None:
    said = reply("reflector", seed, before)
    assert parse_reflection(reflection_text(said), ())["note"] == said.replace("\n", " ")


def test_measured_values_of_similar_situations_pull_the_critics_estimate() -> None:
    low, high = (
        float(reply("critic", before=f"## Values of similar situations\n- worth {worth}\n\n"))
        for worth in ("0.5", "9.5")
    )
    assert low < float(reply("critic")) < high


def test_items_that_paid_off_are_preferred_to_those_that_did_not() -> None:
    experience = (
        "## Experience (prefer what paid off in this situation)\n"
        'paid off: "Thorn Harbour"\ndid not pay off: "Amber Quarry", "Winter Railway"\n\n'
    )
    assert parse_action(reply("actor", before=experience)) == "Thorn Harbour"


@pytest.mark.parametrize(("told", "chosen"), [("", "2"), (": 60% stayed, +0.1", "1")])
@pytest.mark.parametrize("plan", ["Next: Farming.", 'Next: Sports. Such as "Old Barn".'])
def test_a_plan_counts_where_no_line_tells_how_many_stayed(
    plan: str, told: str, chosen: str
) -> None:
    better = told.replace("60", "70")
    prompt = (
        f"## Plan\n{plan}\n\n## Catalogue (new to the user)\n"
        f'1. "Calm Hill" [Puzzle] ~4.0{better}\n2. "Old Barn" [Farming] ~4.0{told}\n\n'
        "## Your turn\nAction:"
    )
    assert offline_reply("actor", prompt, 0) == chosen


@pytest.mark.parametrize("title", ["Fun | rated 5.0", "Fun"])
def test_no_title_makes_the_reflector_believe_that_the_user_stayed(title: str) -> None:
    prompt = (
        f'## This session\n1. shown "{title}" [Horror] | the user left\n\n## Your turn\nReflection:'
    )
    assert offline_reply("reflector", prompt, 0) == "Why: unknown"


@pytest.mark.parametrize("role", ROLES)
async def test_as_a_chat_model_it_gives_the_same_reply_with_its_estimated_usage(role: Role) -> None:
    said = await ask(connect(ModelSpec(seed=3)), role=role)
    assert said.text == reply(role, 3)
    assert said.tokens.input * 4 >= len(prompt_for(role))
    assert said.tokens.output > 0
