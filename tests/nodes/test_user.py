"""The simulated user: how they arrive, and how they respond an item."""

import pytest

from nodes import Context, EpisodeState, arrive, respond
from nodes.state import Choice
from nodes.trajectory import HISTORY
from simulator import QuitRule, WorldError
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import TEST, episode, parts_of, steps_of


@pytest.fixture
def chosen() -> EpisodeState:
    """A session in which the first item has been chosen."""
    state = episode(["Opal Ferry"])
    state["choice"] = Choice(reply="the sports one", item="Feral Parade", found="nearest")
    return state


async def test_a_user_arrives_with_what_their_log_says_they_viewed(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    update = await arrive({"user": 0}, Context(), parts_of(embedder, memories))
    assert update["history"] == ["Opal Ferry", "Lunar Vault"]


async def test_what_the_caller_says_was_viewed_takes_the_place_of_the_log(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = EpisodeState(user=0, viewed=["Braid\n", "", "R&amp;D"])
    update = await arrive(state, Context(), parts_of(embedder, memories))
    assert update["history"] == ["Braid", "R&D"]


async def test_a_user_who_viewed_nothing_has_no_history(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = EpisodeState(user=0, viewed=[])
    update = await arrive(state, Context(), parts_of(embedder, memories))
    assert update["history"] == []


async def test_of_a_long_history_the_last_titles_count(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    viewed = [f"v{number}" for number in range(HISTORY + 5)]
    state = EpisodeState(user=0, viewed=viewed)
    update = await arrive(state, Context(), parts_of(embedder, memories))
    assert update["history"] == viewed[5:]


@pytest.mark.parametrize("viewed", ["Braid", [7], {"Braid": 1}])
async def test_a_history_that_is_no_list_of_titles_is_refused(
    viewed: object, embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = EpisodeState(user=0, viewed=viewed)  # type: ignore[typeddict-item]
    with pytest.raises(WorldError, match="viewed must be a list of titles"):
        await arrive(state, Context(), parts_of(embedder, memories))


async def test_a_caller_may_say_when_an_episode_begins_and_how_it_is_called(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = EpisodeState(user=0, episode="mine", at=0)
    update = await arrive(state, Context(), parts_of(embedder, memories))
    assert (update["id"], update["started"]) == ("mine", 0)


async def test_the_user_rates_as_the_half_of_the_episode_says(
    chosen: EpisodeState, embedder: SentenceEmbedder, memories: Memories
) -> None:
    update = await respond(chosen, Context(), parts_of(embedder, memories))
    assert update["steps"][0]["reward"] == TEST[4]


async def test_a_round_records_what_the_actor_said_and_how_it_was_grounded(
    chosen: EpisodeState, embedder: SentenceEmbedder, memories: Memories
) -> None:
    [step] = (await respond(chosen, Context(), parts_of(embedder, memories)))["steps"]
    assert (step["round"], step["reply"], step["item"], step["found"]) == (
        1,
        "the sports one",
        "Feral Parade",
        "nearest",
    )


async def test_a_user_who_quits_ends_the_session_with_their_true_rating_and_cause(
    chosen: EpisodeState, embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, rule=QuitRule(beta=0.5, min_reward=5.5))
    ending = (await respond(chosen, Context(), parts))["ending"]
    assert (ending["terminated"], ending["cause"], ending["total_reward"]) == (
        True,
        "disliked",
        TEST[4],
    )


async def test_the_cap_ends_the_session_without_the_user_leaving(
    chosen: EpisodeState, embedder: SentenceEmbedder, memories: Memories
) -> None:
    ending = (await respond(chosen, Context(max_rounds=1), parts_of(embedder, memories)))["ending"]
    assert (ending["terminated"], ending["truncated"], ending["cause"]) == (False, True, None)


async def test_an_item_shown_in_this_session_makes_the_user_quit(
    chosen: EpisodeState, embedder: SentenceEmbedder, memories: Memories
) -> None:
    chosen["steps"] = steps_of(["Feral Parade", "Jade Engine"])
    update = await respond(chosen, Context(), parts_of(embedder, memories))
    assert update["ending"]["cause"] == "repeated"
