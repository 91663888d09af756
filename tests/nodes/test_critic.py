"""The Critic's arithmetic, as the paper writes it, and when it is asked at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import Role, prompt_text
from nodes import Context, criticise
from nodes.critic import highest_value, judge
from nodes.learning import values as value_rows
from nodes.state import Ending
from simulator import RATING_MAX
from stores import Lessons, Memories, SentenceEmbedder, value
from tests.nodes.conftest import Witness, episode, parts_of, steps_of

rewards = st.floats(1.0, 5.0)
values = st.floats(0.0, 10.0)
gammas = st.floats(0.0, 0.99)
CLOSE = 1e-4  # records keep four decimals
NOT_A_NUMBER: dict[Role, list[str]] = {"critic": ["who knows"]}


@given(reward=rewards, value=values, next_value=values, gamma=gammas)
def test_the_target_is_the_reward_plus_the_discounted_value_of_what_follows(
    reward: float, value: float, next_value: float, gamma: float
) -> None:
    judged = judge(1, reward, value, next_value, gamma)
    assert judged["target"] == pytest.approx(reward + gamma * next_value, abs=CLOSE)


@given(reward=rewards, value=values, next_value=values, gamma=gammas)
def test_the_advantage_is_the_target_less_the_value(
    reward: float, value: float, next_value: float, gamma: float
) -> None:
    judged = judge(1, reward, value, next_value, gamma)
    assert judged["advantage"] == pytest.approx(reward + gamma * next_value - value, abs=CLOSE)


@given(reward=rewards, value=values, next_value=values, gamma=gammas)
@example(reward=2.1, value=6.2, next_value=8.2, gamma=0.5)
def test_a_round_paid_off_just_when_its_advantage_is_not_negative(
    reward: float, value: float, next_value: float, gamma: float
) -> None:
    judged = judge(1, reward, value, next_value, gamma)
    assert judged["verdict"] == (1 if judged["advantage"] >= 0 else 0)


@given(value=values, next_value=values)
def test_with_the_same_values_the_verdict_never_falls_as_the_reward_rises(
    value: float, next_value: float
) -> None:
    ratings = (1.0, 2.0, 3.0, 4.0, 5.0)
    verdicts = [judge(1, reward, value, next_value, 0.5)["verdict"] for reward in ratings]
    assert verdicts == sorted(verdicts)


@given(gammas)
def test_the_highest_value_is_that_of_best_ratings_for_ever(gamma: float) -> None:
    top = highest_value(gamma)
    assert judge(1, RATING_MAX, top, top, gamma)["advantage"] == pytest.approx(0.0, abs=CLOSE)


def ended(*, quit: bool) -> Ending:
    """The end of a session of one round."""
    return Ending(
        terminated=quit,
        truncated=not quit,
        cause="disliked" if quit else None,
        rounds=1,
        mean_reward=4.0,
        total_reward=4.0,
    )


async def test_the_value_of_a_session_that_the_user_left_is_zero_and_not_asked(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(steps=steps_of(["Opal Ferry"], quit="disliked"))
    state["ending"] = ended(quit=True)
    update = await criticise(state, Context(), parts_of(embedder, memories))
    assert update["value"] == 0.0
    assert "usage" not in update


async def test_the_value_of_a_session_that_was_cut_off_is_asked(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(steps=steps_of(["Opal Ferry"]))
    state["ending"] = ended(quit=False)
    update = await criticise(state, Context(), parts_of(embedder, memories, {"critic": ["7"]}))
    assert update["value"] == 7.0


async def test_before_the_first_round_there_is_a_value_and_nothing_to_judge(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"critic": ["7"]})
    update = await criticise(episode(), Context(), parts)
    assert update["value"] == 7.0
    assert "verdicts" not in update


async def test_a_round_is_judged_by_the_values_before_and_after_it(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(steps=steps_of(["Opal Ferry"], reward=4.0))
    state["value"] = 6.0
    parts = parts_of(embedder, memories, {"critic": ["7"]})
    [judged] = (await criticise(state, Context(gamma=0.5), parts))["verdicts"]
    assert (judged["value"], judged["next_value"], judged["target"]) == (6.0, 7.0, 7.5)


async def test_without_a_number_from_the_model_the_middle_is_assumed(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    update = await criticise(episode(), Context(), parts_of(embedder, memories, NOT_A_NUMBER))
    assert update["value"] == highest_value(0.5) / 2


async def test_without_a_number_from_the_model_a_known_situation_is_worth_what_it_was(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    known = value("Opal Ferry", 8.25, at=1)
    memories.commit(Lessons("earlier", 1, {"values": (known,)}))
    state = episode(history=["Opal Ferry"])
    update = await criticise(state, Context(), parts_of(embedder, memories, NOT_A_NUMBER))
    assert update["value"] == 8.25


async def test_an_example_shows_a_title_with_separators_as_one(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["Opal Ferry", "Born In Fire; Born In Ice; Born In Shame"])
    taught = {**state, "steps": steps_of(["Jade Engine"]), "verdicts": [judge(1, 4, 5, 6, 0.5)]}
    rows = tuple(value_rows(taught))  # type: ignore[arg-type]
    memories.commit(Lessons("earlier", 1, {"values": rows}))
    witness = Witness()
    await criticise(
        state, Context(), parts_of(embedder, memories, {"critic": ["7"]}, witness=witness)
    )
    example = '- after "Opal Ferry", "Born In Fire, Born In Ice, Born In Shame": worth 7.0'
    assert example in prompt_text(witness.prompts[0])
