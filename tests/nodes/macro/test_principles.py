"""The Planner is given reflections that are near, useful, unlike, and of both outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nodes import Context, lessons
from nodes.macro.principles import chosen, principles_for
from nodes.simulator import ending
from nodes.situation import situation
from stores import Lessons, Memories, Row, SentenceEmbedder, reflection
from stores.rows import USED_BY
from tests.nodes.conftest import SHOP, episode, parts_of, steps_of

PUZZLES, RACING = "Opal Ferry; Amber Quarry", "Jade Engine; Winter Railway"
CASUAL = episode(["Opal Ferry", "Amber Quarry"])

worths = st.lists(st.floats(-1, 2), max_size=8)


def learn(memories: Memories, text: str, situation: str | None, number: int, reward: float) -> Row:
    row = reflection(
        text, episode=f"e{number}", at=number, length=3, reward=reward, situation=situation
    )
    memories.commit(Lessons(f"e{number}", number, {"reflections": (row,)}, reward=reward))
    return row


def use(memories: Memories, row: Row, rewards: list[float]) -> None:
    for number, reward in enumerate(rewards):
        name = f"{row.id}-{number}"
        memories.commit(Lessons(name, 100 + number, {}, {"reflections": (row.id,)}, reward))


def told(parts: object, context: Context) -> list[str]:
    return [hit.row.text for hit in principles_for(CASUAL, context, parts)]  # type: ignore[arg-type]


def test_a_reflection_is_found_by_the_situation_that_it_came_from(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    learn(memories, "Jade engines and railways race.", PUZZLES, 1, 10.0)
    learn(memories, "Opal Ferry; Amber Quarry", RACING, 2, 10.0)
    parts = parts_of(embedder, memories)
    assert told(parts, Context(reflections=1)) == ["Jade engines and railways race."]


def test_in_the_papers_way_it_is_found_by_its_own_text(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    learn(memories, "Keep racing.", None, 1, 10.0)
    learn(memories, "Opal Ferry; Amber Quarry are fine.", None, 2, 10.0)
    parts = parts_of(embedder, memories)
    context = Context(reflections=1, learning="paper")
    assert told(parts, context) == ["Opal Ferry; Amber Quarry are fine."]


def test_what_an_episode_teaches_has_its_situation_unless_the_paper_is_followed(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories)
    state = episode(["Opal Ferry"], steps_of(["Lunar Vault"], quit="disliked"))
    state["reflection"], state["ending"] = "Vary.", ending(state["steps"], "disliked")
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
    bad = learn(memories, "Show one genre only.", PUZZLES, 1, 10.0)
    good = learn(memories, "Let each genre rest.", PUZZLES, 2, 10.0)
    use(memories, bad, [2.0, 3.0])
    use(memories, good, [30.0, 40.0])
    parts = parts_of(embedder, memories)
    assert told(parts, Context(reflections=1)) == ["Let each genre rest."]


def test_one_that_was_of_no_use_five_times_is_not_given_but_kept(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    bad = learn(memories, "Show one genre only.", PUZZLES, 1, 40.0)
    learn(memories, "Let each genre rest.", RACING, 2, 40.0)
    use(memories, bad, [2.0] * 5)
    assert told(parts_of(embedder, memories), Context()) == ["Let each genre rest."]
    assert memories.counts()["reflections"] == 2


def test_one_text_is_told_once(embedder: SentenceEmbedder, memories: Memories) -> None:
    learn(memories, "Let each genre rest.", PUZZLES, 1, 10.0)
    learn(memories, "Let each genre rest.", RACING, 2, 10.0)
    assert told(parts_of(embedder, memories), Context()) == ["Let each genre rest."]


def test_both_outcomes_are_told(embedder: SentenceEmbedder, memories: Memories) -> None:
    for number in range(4):
        learn(memories, f"Well done {'again ' * number}.", PUZZLES, number, 50.0)
    learn(memories, "That failed.", RACING, 9, 1.0)
    assert "That failed." in told(parts_of(embedder, memories), Context())


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
def test_a_row_of_another_version_is_read_as_far_as_it_goes(
    key: str, embedder: SentenceEmbedder, memories: Memories
) -> None:
    memories.commit(Lessons("old", 1, {"reflections": (Row("Vary.", {key: {"at": 1}}, 1),)}))
    assert told(parts_of(embedder, memories), Context()) == ["Vary."]
