"""The Planner is given reflections that are near, useful, unlike, and of both outcomes."""

import re
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes import Context, lessons
from nodes.macro.principles import chosen, principles_for
from nodes.parsing.reflection import parse_reflection
from nodes.simulator import ending
from nodes.situation import situation
from stores import Lessons, Memories, Row, SentenceEmbedder
from stores.rows import USED_BY
from tests.nodes.conftest import SHOP, episode, parts_of, reflected, reflection_row, steps_of

PUZZLES, RACING = ["Puzzle", "Mystery"], ["Racing", "Strategy"]
CASUAL = episode(["Opal Ferry", "Amber Quarry"])
REST = re.compile(r"rest for (\d+) rounds")

worths = st.lists(st.floats(-1, 2), max_size=8)


def learn(
    memories: Memories, likes: Sequence[str], rest: int, reward: float = 10.0, **more: Any
) -> Row:
    """A reflection of such a user, who is told apart by the rest that it advises."""
    row = reflection_row(likes, episode=f"e{rest}", at=rest, reward=reward, rest=rest, **more)
    memories.commit(Lessons(f"e{rest}", rest, {"reflections": (row,)}, reward=reward))
    return row


def use(memories: Memories, row: Row, rewards: list[float]) -> None:
    for number, reward in enumerate(rewards):
        name = f"{row.id}-{number}"
        memories.commit(Lessons(name, 100 + number, {}, {"reflections": (row.id,)}, reward))


def rests(parts: Any, context: Context) -> list[int]:
    """The rests that the Planner is told."""
    told = " ".join(one.text for one in principles_for(CASUAL, context, parts))
    return [int(rest) for rest in REST.findall(told)]


def test_a_reflection_is_found_by_the_situation_that_it_came_from(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    learn(memories, PUZZLES, 2, show=["Racing"])
    learn(memories, RACING, 3, show=["Puzzle", "Mystery"])
    assert rests(parts_of(embedder, memories), Context(reflections=1)) == [2]


def test_in_the_papers_way_it_is_found_by_its_own_sentences(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    learn(memories, PUZZLES, 2, situation=None, text="Opal Ferry; Amber Quarry", show=["Sports"])
    learn(memories, RACING, 3, situation=None, show=["Puzzle", "Mystery"])
    parts = parts_of(embedder, memories)
    assert rests(parts, Context(reflections=1, learning="paper")) == [3]


def test_what_an_episode_teaches_has_its_situation_unless_the_paper_is_followed(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories)
    state = episode(["Opal Ferry"], steps_of(["Lunar Vault"], quit="disliked"))
    state["reflection_fields"] = parse_reflection("Why: bored", ())
    state["ending"] = ending(state["steps"], "disliked")
    by_situation, by_text = (
        lessons(state, context, parts).rows["reflections"][0]
        for context in (Context(), Context(learning="paper"))
    )
    initial = situation(["Opal Ferry"], [], SHOP, "default")
    assert (by_situation.situation, by_text.situation) == (initial, None)
    assert lessons(state, Context(), parts).reward == 4.0


def test_of_two_as_near_the_more_useful_comes_first(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    bad, good = learn(memories, PUZZLES, 2), learn(memories, PUZZLES, 3)
    use(memories, bad, [2.0, 3.0])
    use(memories, good, [30.0, 40.0])
    assert rests(parts_of(embedder, memories), Context(reflections=1)) == [3]


def test_one_that_was_of_no_use_five_times_is_not_given_but_kept(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    bad = learn(memories, PUZZLES, 2, 40.0)
    learn(memories, RACING, 3, 40.0)
    use(memories, bad, [2.0] * 5)
    assert rests(parts_of(embedder, memories), Context()) == [3]
    assert memories.counts()["reflections"] == 2


def test_one_text_is_told_once(embedder: SentenceEmbedder, memories: Memories) -> None:
    learn(memories, PUZZLES, 2)
    learn(memories, RACING, 2)
    assert rests(parts_of(embedder, memories), Context()) == [2]


def test_both_outcomes_are_told(embedder: SentenceEmbedder, memories: Memories) -> None:
    for number in range(2, 6):
        learn(memories, PUZZLES, number, 50.0)
    learn(memories, RACING, 9, 1.0)
    assert 9 in rests(parts_of(embedder, memories), Context())


def test_the_alike_give_way_to_the_unlike() -> None:
    likeness = [[1.0, 0.9, 0.1], [0.9, 1.0, 0.1], [0.1, 0.1, 1.0]]
    assert chosen([1.0, 0.9, 0.5], likeness, [True] * 3, 2) == [0, 2]


@given(worths, st.integers(0, 6), st.data())
def test_as_many_are_chosen_as_there_are_each_once(
    worth: list[float], count: int, data: st.DataObject
) -> None:
    well = data.draw(st.lists(st.booleans(), min_size=len(worth), max_size=len(worth)))
    likeness = [[float(one == other) for other in worth] for one in worth]
    taken = chosen(worth, likeness, well, count)
    assert len(set(taken)) == len(taken) == min(count, len(worth))
    if len(set(well)) == 2 and count >= 2:
        assert len({well[at] for at in taken}) == 2


@pytest.mark.parametrize("key", ["e1", USED_BY + "e1"])
def test_a_row_without_returns_is_read_as_far_as_it_goes(
    key: str, embedder: SentenceEmbedder, memories: Memories
) -> None:
    row = Row("", {key: {"at": 1}}, 1, fields=reflected(rest=4))
    memories.commit(Lessons("old", 1, {"reflections": (row,)}))
    assert rests(parts_of(embedder, memories), Context()) == [4]


def test_free_texts_of_earlier_versions_are_passed_over_however_many_are_nearer(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    near = situation(["Opal Ferry", "Amber Quarry"], [], SHOP, "default")
    old = tuple(
        Row(f"Show Sports, and let kinds rest for {number} rounds.", {"e": {"at": 1}}, 1, near)
        for number in range(60)
    )
    memories.commit(Lessons("old", 1, {"reflections": old}))
    learn(memories, RACING, 3)
    assert rests(parts_of(embedder, memories), Context()) == [3]
