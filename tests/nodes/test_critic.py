"""The Critic's arithmetic, as the paper writes it, and when it is asked at all."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models import Role, prompt_text
from nodes import Context, criticise
from nodes.critic import EQUAL_AT, LEARNED, estimate, highest_value, judge
from nodes.learning import values as value_rows
from nodes.situation import situation
from nodes.state import Ending
from nodes.trajectory import state_text
from nodes.value_memory import NEAREST, Recalled, nearest_values
from simulator import RATING_MAX
from stores import ROUNDS_PER_TICK, Hit, Lessons, Memories, Row, SentenceEmbedder, value
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, steps_of

rewards = st.floats(1.0, 5.0)
values = st.floats(0.0, 10.0)
gammas = st.floats(0.0, 0.99)
PAPER = Context(learning="paper")
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
    for context in (Context(), PAPER):
        update = await criticise(state, context, parts_of(embedder, memories, NOT_A_NUMBER))
        assert update["value"] == 8.25


async def test_an_example_of_the_papers_shows_a_title_with_separators_as_one(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["Opal Ferry", "Born In Fire; Born In Ice; Born In Shame"])
    taught = {**state, "steps": steps_of(["Jade Engine"]), "verdicts": [judge(1, 4, 5, 6, 0.5)]}
    rows = tuple(value_rows(taught))  # type: ignore[arg-type]
    memories.commit(Lessons("earlier", 1, {"values": rows}))
    witness = Witness()
    await criticise(state, PAPER, parts_of(embedder, memories, {"critic": ["7"]}, witness=witness))
    example = '- after "Opal Ferry", "Born In Fire, Born In Ice, Born In Shame": worth 7.0'
    assert example in prompt_text(witness.prompts[0])


def told(memories: Memories, *targets: float) -> None:
    """Files each of these values, of a session each, under the empty situation."""
    text = situation([], [], SHOP, "default")
    rows = tuple(value(text, one, at=at, key=f"e{at}.1") for at, one in enumerate(targets))
    memories.commit(Lessons("e", 1, {"values": rows}))


@pytest.mark.parametrize("count", [0, 1, 5, 20])
async def test_recalled_values_weigh_the_more_the_more_there_are(
    count: int, embedder: SentenceEmbedder, memories: Memories
) -> None:
    told(memories, *[2.0] * count)
    parts = parts_of(embedder, memories, {"critic": ["8"]})
    made = await estimate(episode(), Context(), parts)
    weight = count / (count + EQUAL_AT)
    assert made.reply == 8.0
    assert made.value == pytest.approx(2.0 * weight + 8.0 * (1 - weight))


async def test_in_the_paper_the_value_is_the_reply_alone(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    memories.commit(Lessons("e", 1, {"values": (value(state_text([], []), 2.0, at=1),)}))
    made = await estimate(episode(), PAPER, parts_of(embedder, memories, {"critic": ["8"]}))
    assert (made.value, made.recalled.mean) == (8.0, 2.0)


async def test_an_example_tells_the_mean_of_what_a_situation_was_worth(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    told(memories, 2.0, 5.0)
    witness = Witness()
    parts = parts_of(embedder, memories, {"critic": ["7"]}, witness=witness)
    await criticise(episode(), Context(), parts)
    example = '- "Nothing viewed yet. Lately nothing shown yet.": worth 3.5'
    assert example in prompt_text(witness.prompts[0])


async def test_a_verdict_names_the_situation_before_its_round_unless_it_is_the_papers(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["Opal Ferry"], steps=steps_of(["Jade Engine"]))
    for context in (Context(), PAPER):
        parts = parts_of(embedder, memories, {"critic": ["7"]})
        [judged] = (await criticise(state, context, parts))["verdicts"]
        before = situation(["Opal Ferry"], [], SHOP, "default")
        assert judged.get("situation") == (None if context is PAPER else before)


weights = st.floats(0.01, 1.0)
recalled = st.lists(st.tuples(values, weights), min_size=1, max_size=NEAREST)


@given(recalled)
def test_the_mean_lies_among_the_recalled_values(known: list[tuple[float, float]]) -> None:
    mean = Recalled([], known).mean
    assert mean is not None
    low, high = min(value for value, _ in known), max(value for value, _ in known)
    assert low - CLOSE <= mean <= high + CLOSE


def valued_in(round_: int, worth: float, distance: float) -> Hit:
    """A row with one value, of a round of an earlier session."""
    at = 7 * ROUNDS_PER_TICK + round_
    return Hit(Row(f"s{at}", {f"e{round_}.{at}": {"at": at, "target": worth}}), distance)


@given(near=st.floats(0.0, 4.0), far=st.floats(0.0, 4.0))
def test_a_nearer_value_weighs_no_less(near: float, far: float) -> None:
    near, far = sorted((near, far))
    mean = nearest_values([valued_in(1, 1.0, near), valued_in(2, 0.0, far)], 1).mean
    assert mean is not None
    assert mean >= 0.5 - CLOSE


@given(here=st.integers(1, 100), one=st.integers(1, 100), other=st.integers(1, 100))
def test_a_value_of_a_nearer_round_weighs_no_less(here: int, one: int, other: int) -> None:
    near, far = sorted((one, other), key=lambda round_: abs(round_ - here))
    mean = nearest_values([valued_in(far, 0.0, 0.1), valued_in(near, 1.0, 0.1)], here).mean
    assert mean is not None
    assert mean >= 0.5 - CLOSE


def test_a_situation_of_the_same_round_goes_before_a_nearer_text_of_another() -> None:
    early, late = valued_in(2, 9.0, 0.02), valued_in(40, 3.0, 0.0)
    assert [value for value, _ in nearest_values([late, early], 2).values] == [9.0, 3.0]
    assert list(nearest_values([late, early], 40).hits) == [late, early]


def test_no_more_values_are_recalled_than_the_k_nearest_and_only_their_rows() -> None:
    rows = [
        Row(
            f"s{at}",
            {f"e{n}.{at}": {"at": n * ROUNDS_PER_TICK, "target": float(at)} for n in range(12)},
        )
        for at in range(3)
    ]
    hits = [Hit(row, 100.0 * at) for at, row in enumerate(rows)]
    found = nearest_values(hits, 1, 20)
    assert [value for value, _ in found.values] == [0.0] * 12 + [1.0] * 8
    assert list(found.hits) == hits[:2]


@pytest.mark.parametrize("rounds", [1, 3, 60])
async def test_values_move_by_what_the_sessions_rounds_were_better_than_expected(
    rounds: int, embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"critic": ["7"]})
    state = episode(steps=steps_of(["Opal Ferry"] * rounds))
    state["verdicts"] = [judge(n + 1, 4.0, 6.0, 6.0, 0.5) for n in range(rounds)]  # +1.0 each
    made = await estimate(state, Context(), parts)
    assert made.value == pytest.approx(min(7.0 + LEARNED * rounds, highest_value(0.5)))
    worse = [{**judged, "advantage": -1.0} for judged in state["verdicts"]]
    made = await estimate({**state, "verdicts": worse}, Context(), parts)  # type: ignore[typeddict-item]
    assert made.value == pytest.approx(max(7.0 - LEARNED * rounds, 0.0))
    assert (await estimate(state, PAPER, parts)).value == 7.0
