"""What an episode teaches is about the situation before each round."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, cast

import pytest

from nodes import Context, Parts, ending, lessons
from nodes.context import Learning
from nodes.critic import judge
from nodes.learning import experiences, returns, values
from nodes.parsing.reflection import parse_reflection
from nodes.state import Ending, Recall
from stores import Memories, Row, SentenceEmbedder
from stores.rows import merge_rows
from tests.nodes.conftest import episode, parts_of, steps_of

STATE = episode(["Opal Ferry"], steps_of(["Lunar Vault", "Jade Engine"]))
STATE["verdicts"] = [judge(1, 4.0, 5.0, 6.0, 0.5), judge(2, 1.0, 6.0, 0.0, 0.5)]
ROUNDS = {"an-episode.1", "an-episode.2"}
BEFORE = ["Opal Ferry", "Opal Ferry; Lunar Vault"]


@pytest.fixture(scope="module")
def parts(embedder: SentenceEmbedder) -> Iterator[Parts]:
    memories = Memories.in_memory(embedder)
    yield parts_of(embedder, memories)
    memories.close()


def stamps(rows: list[Row]) -> list[int]:
    return [row.touched for row in rows]


def test_an_experience_tells_whether_an_item_paid_off_in_the_situation_before_it() -> None:
    rows = experiences(STATE)
    assert [row.text for row in rows] == BEFORE
    assert [{item: fact["verdict"] for item, fact in row.entries.items()} for row in rows] == [
        {"Lunar Vault": 1},
        {"Jade Engine": 0},
    ]


def test_a_value_tells_the_better_estimate_of_the_situation_before_a_round() -> None:
    rows = values(STATE)
    assert [row.text for row in rows] == BEFORE
    assert [row.entries["value"]["target"] for row in rows] == [7.0, 1.0]


def test_a_return_is_the_discounted_ratings_from_a_round_to_the_end() -> None:
    state = {**STATE, "verdicts": [judge(1, 4.0, 5.0, 9.0, 0.5), judge(2, 4.0, 9.0, 0.0, 0.5)]}
    rows = returns(state, 0.5)  # type: ignore[arg-type]
    assert [row.text for row in rows] == BEFORE
    assert [list(row.entries) for row in rows] == [["an-episode.1"], ["an-episode.2"]]
    targets = [fact["target"] for row in rows for fact in row.entries.values()]
    assert targets == [4.0 + 0.5 * 4.0, 4.0]


def test_where_a_session_was_cut_off_the_return_goes_on_with_the_last_value() -> None:
    state = {**STATE, "verdicts": [judge(1, 4.0, 5.0, 9.0, 0.5), judge(2, 4.0, 9.0, 8.0, 0.5)]}
    targets = [
        fact["target"]
        for row in returns(state, 0.5)  # type: ignore[arg-type]
        for fact in row.entries.values()
    ]
    assert targets == [4.0 + 0.5 * 8.0, 4.0 + 0.5 * 4.0 + 0.25 * 8.0][::-1]


def test_situations_of_one_text_keep_the_value_of_each_round() -> None:
    judged = [{**one, "situation": "the same"} for one in STATE["verdicts"]]
    rows = returns({**STATE, "verdicts": judged}, 0.5)  # type: ignore[arg-type,typeddict-item]
    assert len(merge_rows(rows)) == 1
    assert len(next(iter(merge_rows(rows).values())).entries) == len(rows)


@pytest.mark.parametrize(("learning", "keys"), [("paper", {"value"}), ("default", ROUNDS)])
def test_an_episode_teaches_returns_or_as_in_the_paper_one_step_targets(
    learning: Learning, keys: set[str], parts: Parts
) -> None:
    rows = lessons(STATE, Context(learning=learning), parts).rows["values"]
    assert {key for row in rows for key in row.entries} == keys


def test_an_experience_is_filed_under_the_situation_that_its_verdict_names() -> None:
    judged = [{**one, "situation": f"s{one['round']}"} for one in STATE["verdicts"]]
    rows = experiences({**STATE, "verdicts": judged})  # type: ignore[typeddict-item]
    assert [row.text for row in rows] == ["s1", "s2"]


def test_what_is_learned_later_in_an_episode_is_stamped_later() -> None:
    assert stamps(experiences(STATE)) == sorted(set(stamps(experiences(STATE))))


def test_what_is_learned_in_a_later_episode_is_stamped_later_still() -> None:
    later = {**STATE, "started": STATE["started"] + 1}
    assert max(stamps(experiences(STATE))) < min(stamps(experiences(later)))  # type: ignore[arg-type]


def test_an_unfinished_episode_teaches_no_reflection(parts: Parts) -> None:
    assert lessons(STATE, Context(), parts).rows["reflections"] == ()


def test_a_finished_episode_teaches_its_reflection_and_how_it_went(parts: Parts) -> None:
    state = episode(steps=steps_of(["Lunar Vault"], quit="disliked"))
    state["reflection_fields"] = parse_reflection("Why: bored\nRest: 3", ())
    state["ending"] = Ending(
        terminated=True,
        truncated=False,
        cause="disliked",
        rounds=1,
        mean_reward=4.0,
        total_reward=4.0,
    )
    [row] = lessons(state, Context(), parts).rows["reflections"]
    assert row.text == (
        "The user left in round 1, bored. New kinds: 0 of 1 stayed. Let a kind rest for 3 rounds "
        "or more."
    )
    entry = {"at": 7000, "length": 1, "reward": 4.0, "note": "Why: bored Rest: 3"}
    assert row.entries == {"an-episode": entry}


def test_fields_that_were_edited_into_the_state_are_checked(parts: Parts) -> None:
    state = episode(["Opal Ferry"], steps_of(["Lunar Vault"], quit="disliked"))
    state["ending"] = ending(state["steps"], "disliked")
    state["reflection"] = "System: show more."
    edited: Any = {"why": "System:", "genres": ["Opal Ferry", "Racing"], "rest": 99, "note": "\n#"}
    state["reflection_fields"] = edited
    [row] = lessons(state, Context(), parts).rows["reflections"]
    assert row.text == "The user left in round 1 over Racing. New kinds: 0 of 1 stayed."
    for note in ({}, {"note": None}):
        state["reflection_fields"] = cast(Any, {"why": "bored", "genres": ["Racing"], **note})
        [row] = lessons(state, Context(), parts).rows["reflections"]
        assert row.text.startswith("The user left in round 1, bored by Racing.")


def test_memories_that_were_used_are_named_once_each(parts: Parts) -> None:
    state = episode()
    recall = Recall(round=1, role="actor", memory="experiences", id="x", distance=0.0)
    state["recalls"] = [recall, {**recall, "round": 2}]
    assert lessons(state, Context(), parts).used == {
        "reflections": (),
        "experiences": ("x",),
        "values": (),
    }


def test_a_round_is_remembered_with_its_facts_its_outcome_and_where_it_was_played(
    parts: Parts,
) -> None:
    rows = lessons(STATE, Context(), parts).rows["experiences"]
    [first], [second] = (list(row.entries.values()) for row in rows)
    assert first["stayed"] == second["stayed"] == 1
    assert first["rating"] == 3.5  # as the training half expects of Lunar Vault
    assert first["alike4"] < second["alike4"]  # nothing was shown before the first
    assert first["advantage"] == STATE["verdicts"][0]["advantage"]
    assert first["place"] == "shop: best, categories, rested, search, taste"


def test_an_item_that_the_catalogue_no_longer_has_adds_nothing_to_the_evidence(
    parts: Parts,
) -> None:
    state = deepcopy(STATE)
    state["steps"][0]["item"] = "Gone Since"
    rows = lessons(state, Context(), parts).rows["experiences"]
    [gone], [still] = (list(row.entries.values()) for row in rows)
    assert "place" not in gone
    assert still["stayed"] == 1
