"""Which memory and search a context means, and parts of a caller's own."""

import sys
from functools import partial
from typing import Any

import pytest
from langchain_core.language_models import FakeListChatModel

from graph import load
from graph.episode import build_graph
from graph.load import load_parts, memory_name
from models import ModelError, ScriptedChatModel
from nodes import Context
from stores import Memories

REAL: Any = {"model": "openai:gpt-x", "base_url": "http://127.0.0.1:9/v1"}


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (Context(), "offline"),
        (Context(**REAL), "default"),
        (Context(**REAL, critic_model="offline"), "offline"),
        (Context(memory="mine"), "mine"),
        (Context(memory="shop.default"), "shop.offline"),
        (Context(memory="ephemeral"), "ephemeral"),
    ],
)
def test_what_the_stand_in_learned_is_no_default_for_language_models(
    context: Context, name: str
) -> None:
    assert memory_name(context) == name


def test_roles_with_a_model_of_the_callers_are_not_offline() -> None:
    every = ("planner", "actor", "critic", "reflector")
    assert memory_name(Context(), every) == "default"
    assert memory_name(Context(), every[:3]) == "offline"


async def test_a_callers_chat_model_speaks_for_all_roles(memories: Memories) -> None:
    own = ScriptedChatModel(
        replies={
            "planner": ["Thought: my own plan."],
            "actor": ["recommend[Lunar Lantern]"],
            "critic": ["Value: 3.5"],
            "reflector": ["Reflection: Let a kind rest for 4 rounds."],
        }
    )
    graph = build_graph(partial(load_parts, chat_model=own, memories=memories))
    state = await graph.ainvoke({"user": 3}, context=Context(max_rounds=1))
    (step,) = state["steps"]
    assert (step["thought"], step["item"]) == ("my own plan.", "Lunar Lantern")
    assert state["reflection"] == (
        "The user was still there after round 1. New kinds: 1 of 1 stayed. Let a kind rest for 4 "
        "rounds or more."
    )
    assert memories.counts() == {"reflections": 1, "experiences": 1, "values": 1}


async def test_a_callers_chat_model_speaks_for_one_role_and_the_contexts_for_the_others(
    memories: Memories,
) -> None:
    own = FakeListChatModel(responses=["Thought: my own plan."])
    graph = build_graph(partial(load_parts, chat_model={"planner": own}, memories=memories))
    state = await graph.ainvoke({"user": 3}, context=Context(max_rounds=1))
    assert state["steps"][0]["thought"] == "my own plan."
    assert state["reflection"]


def test_a_role_that_does_not_exist_is_answered_with_the_nearest() -> None:
    own: Any = {"planer": FakeListChatModel(responses=["x"])}
    with pytest.raises(ModelError, match="unknown role 'planer': did you mean 'planner'"):
        load_parts(Context(), chat_model=own)


def test_keywords_weigh_the_words_of_a_query_beside_its_meaning() -> None:
    query = "fast racing and sports; a lantern may do as well"
    both, meaning = (
        load_parts(Context(memory="ephemeral", keywords=keywords)).catalogue_search
        for keywords in (True, False)
    )
    assert both.search(query, []) != meaning.search(query, [])


def test_keywords_without_their_extra_are_refused_with_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    load._catalogue_parts.cache_clear()
    monkeypatch.setitem(sys.modules, "langchain_community.retrievers", None)
    with pytest.raises(ModelError, match=r"keyword search needs the extra 'community'"):
        load_parts(Context(memory="ephemeral", keywords=True))
