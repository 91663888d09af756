"""A person plays the user: the session waits for them, and learns from them as from anybody."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from graph.arms import ARMS
from graph.episode import EpisodeGraph, build_graph
from graph.trainer import build_trainer
from nodes import Context
from nodes.context import ArmName
from simulator import WorldError
from tests.graph.conftest import Stage

HUMAN = Context(human=True, max_rounds=20)


@dataclass
class Talk:
    """A conversation on one thread."""

    graph: EpisodeGraph
    context: Context = HUMAN
    thread: str = "one"
    state: Any = field(default_factory=dict)

    async def start(self, user: int | str = 3, **given: Any) -> Any:
        return await self.go({"user": user, **given})

    async def say(self, said: Any, context: Context | None = None) -> Any:
        return await self.go(Command(resume=said), context)

    async def say_all(self, *said: Any) -> Any:
        for one in said:
            await self.say(one)
        return self.state

    @property
    def asked(self) -> Any:
        """The open question."""
        (interrupt,) = self.state["__interrupt__"]
        return interrupt.value

    @property
    def over(self) -> bool:
        return "__interrupt__" not in self.state

    async def go(self, given: Any, context: Context | None = None) -> Any:
        config: Any = {"configurable": {"thread_id": self.thread}}
        self.state = await self.graph.ainvoke(given, config, context=context or self.context)
        return self.state


@pytest.fixture
def talk(stage: Stage) -> Talk:
    return Talk(build_graph(stage.load, InMemorySaver()))


async def test_a_person_is_asked_about_the_item_and_told_what_was_shown(talk: Talk) -> None:
    await talk.start(viewed=["Ember Garden"])
    first = talk.asked
    assert (first["round"], first["viewed"], first["shown"]) == (1, ["Ember Garden"], [])
    assert first["item"]
    assert first["genres"]
    await talk.say(4)
    assert talk.asked["round"] == 2
    assert talk.asked["shown"] == [{"item": first["item"], "rating": 4.0}]


async def test_what_a_person_says_is_the_rating_of_the_round(talk: Talk) -> None:
    await talk.start()
    state = await talk.say_all("4", 2.5, {"rating": 5}, {"rating": 1, "quit": True})
    assert [step["reward"] for step in state["steps"]] == [4.0, 2.5, 5.0, 1.0]
    assert [verdict["round"] for verdict in state["verdicts"]] == [1, 2, 3, 4]


async def test_a_person_who_quits_leaves_over_the_item_and_it_counts_least(talk: Talk) -> None:
    await talk.start()
    state = await talk.say_all(4, "quit")
    assert (state["ending"]["cause"], state["ending"]["terminated"]) == ("left", True)
    assert state["steps"][-1]["reward"] == 1.0
    assert state["verdicts"][-1]["next_value"] == 0
    assert state["reflection"]


async def test_a_person_who_ends_the_session_says_nothing_of_the_open_item(talk: Talk) -> None:
    await talk.start()
    state = await talk.say_all(4, 5, "end")
    ending = state["ending"]
    assert (ending["terminated"], ending["truncated"], ending["rounds"]) == (False, True, 2)
    assert [verdict["round"] for verdict in state["verdicts"]] == [1, 2]
    assert state["reflection"]


async def test_the_last_rating_counts_when_it_comes_with_the_end(talk: Talk) -> None:
    await talk.start()
    state = await talk.say_all(4, {"rating": 3, "end": True})
    assert [step["reward"] for step in state["steps"]] == [4.0, 3.0]
    assert state["ending"]["truncated"]


@pytest.mark.parametrize("arm", ARMS)
async def test_a_session_that_ends_before_anything_was_rated_teaches_nothing(
    arm: ArmName, talk: Talk, stage: Stage
) -> None:
    talk.context = replace(HUMAN, arm=arm)
    await talk.start()
    stage.asked.clear()
    state = await talk.say("end")
    assert state["ending"]["rounds"] == 0
    assert stage.asked == []
    assert set(stage.memories.counts().values()) == {0}


@pytest.mark.parametrize("arm", ARMS)
@pytest.mark.parametrize("last", ["quit", "end"])
async def test_every_arm_commits_what_it_has_learned_from_a_person(
    arm: ArmName, last: str, talk: Talk, stage: Stage
) -> None:
    talk.context = replace(HUMAN, arm=arm)
    await talk.start()
    state = await talk.say_all(4, 5, last)
    rounds = 3 if last == "quit" else 2
    judged = rounds if ARMS[arm].criticises else 0
    assert state["ending"]["rounds"] == rounds
    assert stage.memories.counts() == {
        "reflections": int(ARMS[arm].reflects),
        "experiences": judged,
        "values": judged,
    }


async def test_a_session_that_another_user_ends_is_learned_from_as_its_own_users(
    talk: Talk, stage: Stage
) -> None:
    await talk.start("anna")
    await talk.say_all(4, 5)
    await talk.start(3)
    assert (talk.state["user"], talk.asked["round"]) == (3, 1)
    rows = stage.memories.rows("experiences")
    users = {e["user"] for row in rows for e in row.entries.values() if "place" in e}
    assert users == {"anna"}


async def test_a_person_meets_the_cap_of_rounds_too(talk: Talk) -> None:
    talk.context = Context(human=True, max_rounds=2)
    await talk.start()
    state = await talk.say_all(4, 4)
    assert talk.over
    assert (state["ending"]["truncated"], state["ending"]["rounds"]) == (True, 2)


@pytest.mark.parametrize(
    "said", ["great", "", 0, 6, True, [4], {"stars": 4}, {"quit": "yes"}, "x" * 10_000]
)
async def test_an_unclear_answer_is_asked_again_and_nothing_else_happens(
    said: Any, talk: Talk, stage: Stage
) -> None:
    await talk.start()
    before = talk.asked
    stage.asked.clear()
    await talk.say(said)
    problem = talk.asked["problem"]
    assert problem.startswith("expected a rating from 1 to 5")
    assert len(problem) < 150
    assert talk.asked == {**before, "problem": problem}
    assert stage.asked == []
    await talk.say(4)
    assert talk.asked["problem"] is None
    assert [step["reward"] for step in talk.state["steps"]] == [4.0]


async def test_an_answer_that_names_its_question_counts_once_however_often_it_is_sent(
    talk: Talk,
) -> None:
    await talk.start()
    answer = {"rating": 4, "question": talk.asked["question"]}
    await talk.say_all(answer, answer, answer)
    assert talk.asked["round"] == 2
    assert "answered another question" in talk.asked["problem"]


async def test_without_the_sessions_context_an_answer_is_not_taken(
    talk: Talk, stage: Stage
) -> None:
    await talk.start()
    stage.asked.clear()
    await talk.say(4, context=Context())
    assert "human=True" in talk.asked["problem"]
    assert (talk.asked["round"], stage.asked) == (1, [])


async def test_asking_again_without_an_answer_shows_the_same_item(talk: Talk) -> None:
    await talk.start()
    asked = talk.asked
    await talk.go(None)
    assert talk.asked == asked


async def test_a_person_who_answers_as_the_simulated_user_has_the_same_session(
    talk: Talk, stage: Stage
) -> None:
    given: dict[str, Any] = {"episode": "same", "at": 1}
    frozen = Context(half="test", learn=False, max_rounds=20)
    simulated = await stage.graph.ainvoke({"user": 3, **given}, context=frozen)  # type: ignore[typeddict-item]
    talk.context = replace(frozen, human=True)
    await talk.start(3, **given)
    for step in simulated["steps"]:
        await talk.say({"rating": step["reward"], "quit": step["quit"] is not None})
    assert [s["item"] for s in talk.state["steps"]] == [s["item"] for s in simulated["steps"]]
    assert talk.state["verdicts"] == simulated["verdicts"]
    assert talk.state["reflection"] == simulated["reflection"]


async def test_waiting_for_a_person_repeats_no_call(talk: Talk, stage: Stage) -> None:
    await talk.start()
    await talk.say_all("what?", 4, "hm", 5, "quit")
    calls = Counter(role for role, _ in stage.asked)
    assert calls == {"planner": 3, "actor": 3, "critic": 3, "reflector": 1}


async def test_without_a_thread_a_person_is_not_asked(stage: Stage) -> None:
    with pytest.raises(WorldError, match="give build_graph a checkpointer"):
        await stage.graph.ainvoke({"user": 3}, context=HUMAN)
    assert stage.asked == []


async def test_a_training_meets_simulated_users_only(stage: Stage) -> None:
    with pytest.raises(WorldError, match="leave human out"):
        await build_trainer(stage.load).ainvoke({"episodes": 1}, context=HUMAN)
