"""Live use: people whom the world does not know, on a thread each, session after session."""

import time
from dataclasses import replace
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph.episode import build_graph
from nodes import Context
from simulator import WorldError
from tests.graph.conftest import Stage
from tests.graph.test_human import HUMAN, Talk

DAYS = 86_400 * 10**9


@pytest.fixture
def talk(stage: Stage) -> Talk:
    return Talk(build_graph(stage.load, InMemorySaver()))


async def test_a_stranger_brings_their_own_history(talk: Talk) -> None:
    await talk.start("anna@shop", viewed=["Ember Garden", "Unknown here"])
    assert talk.asked["viewed"] == ["Ember Garden", "Unknown here"]


async def test_a_stranger_without_a_history_has_none(talk: Talk) -> None:
    await talk.start("anna@shop")
    assert talk.asked["viewed"] == []


async def test_nobody_pretends_to_know_how_a_stranger_would_rate(talk: Talk, stage: Stage) -> None:
    await talk.start("anna@shop", viewed=["Ember Garden"])
    (offered,) = [prompt for role, prompt in stage.asked if role == "actor"]
    assert "## Catalogue (new to the user)" in offered
    assert "~" not in offered


async def test_of_a_user_of_the_world_the_training_half_tells_what_they_would_rate(
    talk: Talk, stage: Stage
) -> None:
    await talk.start(3)
    (offered,) = [prompt for role, prompt in stage.asked if role == "actor"]
    assert "~ expected rating" in offered


async def test_asking_for_the_next_item_again_shows_the_open_one(talk: Talk, stage: Stage) -> None:
    await talk.start("anna")
    await talk.say(4)
    asked = talk.asked
    stage.asked.clear()
    await talk.start("anna", viewed=["Something else"])
    assert talk.asked == asked
    assert stage.asked == []
    await talk.say(3)
    assert [step["reward"] for step in talk.state["steps"]] == [4.0, 3.0]


@pytest.mark.parametrize("stopped_before", ["planner", "actor", "simulator"])
async def test_a_session_that_was_stopped_anywhere_goes_on_when_the_next_item_is_asked_for(
    stopped_before: str, talk: Talk
) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    await talk.start("anna")
    await talk.graph.ainvoke(
        Command(resume=4), config, context=HUMAN, interrupt_before=[stopped_before]
    )
    await talk.start("anna")
    assert talk.asked["round"] == 2
    state = await talk.say("quit")
    assert [verdict["round"] for verdict in state["verdicts"]] == [1, 2]


async def test_the_next_session_begins_with_what_the_last_one_showed(talk: Talk) -> None:
    await talk.start("anna", viewed=["Ember Garden"])
    state = await talk.say_all(4, 5, "end")
    shown = [step["item"] for step in state["steps"]]
    await talk.start("anna")
    assert talk.asked["viewed"] == ["Ember Garden", *shown]
    assert talk.asked["shown"] == []


async def test_what_one_session_taught_is_recalled_in_the_next(talk: Talk) -> None:
    await talk.start("anna", viewed=["Ember Garden"])
    await talk.say_all(4, "quit")
    state = await talk.start("anna")
    assert state["principles"]


async def test_an_answer_after_many_days_counts_and_ends_the_session(
    talk: Talk, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.start("anna")
    await talk.say(4)
    later(monkeypatch, days=8)
    state = await talk.say(5)
    assert talk.over
    assert [step["reward"] for step in state["steps"]] == [4.0, 5.0]
    assert state["ending"]["truncated"]
    assert stage.memories.counts()["reflections"] == 1


async def test_a_session_that_was_open_for_too_long_is_learned_before_a_new_one_begins(
    talk: Talk, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.start("anna", viewed=["Ember Garden"])
    state = await talk.say(4)
    first = state["steps"][0]["item"]
    later(monkeypatch, days=8)
    await talk.start("anna")
    assert (talk.asked["round"], talk.asked["viewed"]) == (1, ["Ember Garden", first])
    assert stage.memories.counts() == {"reflections": 1, "experiences": 1, "values": 1}


async def test_ending_an_old_session_that_was_cut_short_is_done_again(
    talk: Talk, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    config: Any = {"configurable": {"thread_id": "one"}}
    await talk.start("anna")
    await talk.say(4)
    later(monkeypatch, days=8)
    await talk.graph.ainvoke(
        {"user": "anna"}, config, context=HUMAN, interrupt_before=["reflector"]
    )
    assert stage.memories.counts()["reflections"] == 0
    await talk.start("anna", viewed=["Ember Garden"])
    assert (talk.asked["round"], talk.asked["viewed"]) == (1, ["Ember Garden"])
    assert stage.memories.counts()["reflections"] == 1


async def test_an_old_session_in_which_nothing_was_rated_just_gives_way(
    talk: Talk, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    await talk.start("anna")
    later(monkeypatch, days=8)
    await talk.start("anna")
    assert talk.asked["round"] == 1
    assert "reflector" not in [role for role, _ in stage.asked]


async def test_somebody_else_on_the_thread_does_not_go_on_in_a_strangers_session(
    talk: Talk, stage: Stage
) -> None:
    await talk.start("anna", viewed=["Ember Garden"])
    await talk.say(4)
    await talk.start("bert")
    assert (talk.asked["round"], talk.asked["viewed"]) == (1, [])
    assert stage.memories.counts()["reflections"] == 1


async def test_a_frozen_server_learns_nothing(talk: Talk, stage: Stage) -> None:
    talk.context = replace(HUMAN, learn=False)
    await talk.start("anna")
    await talk.say_all(4, "end")
    await talk.start("anna")
    assert talk.asked["round"] == 1
    assert set(stage.memories.counts().values()) == {0}


@pytest.mark.parametrize("user", ["", "two\nlines", "x" * 201, "\x1b[31m"])
async def test_a_name_that_cannot_be_shown_is_refused(user: str, talk: Talk) -> None:
    with pytest.raises(WorldError, match=r"user must be a name|user has 201 characters"):
        await talk.start(user)


async def test_a_stranger_cannot_be_simulated(talk: Talk) -> None:
    talk.context = Context()
    with pytest.raises(WorldError, match="unknown user 'anna'"):
        await talk.start("anna")


def later(monkeypatch: pytest.MonkeyPatch, *, days: int) -> None:
    """Lets days pass."""
    now = time.time_ns
    monkeypatch.setattr(time, "time_ns", lambda: now() + days * DAYS)
