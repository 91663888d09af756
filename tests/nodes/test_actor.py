"""The Actor turns a thought into an item, with what paid off before in reach."""

from models import prompt_text
from nodes import Context, act
from nodes.actor import experience_text
from nodes.situation import situation
from stores import Hit, Lessons, Memories, SentenceEmbedder, experience
from stores.rows import merge
from tests.nodes.conftest import SHOP, Witness, episode, parts_of, steps_of

STATE = episode(["Opal Ferry"])


async def test_what_the_actor_names_becomes_an_item_of_the_catalogue(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"actor": ["recommend[the lunar vault]"]})
    choice = (await act(STATE, Context(), parts))["choice"]
    assert choice == {"reply": "the lunar vault", "item": "Lunar Vault", "found": "normalised"}


async def test_a_reply_that_stays_unreadable_is_grounded_as_it_is(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"actor": ["I would show them a scary harbour."]})
    choice = (await act(STATE, Context(), parts))["choice"]
    assert choice["item"] == "Thorn Harbour"


async def test_an_actor_who_says_nothing_gets_what_is_nearest_to_the_plan(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["Opal Ferry"])
    state["thought"] = "A train ride in the snow."
    choice = (await act(state, Context(), parts_of(embedder, memories, {"actor": [""]})))["choice"]
    assert choice["item"] == "Winter Railway"


async def test_experience_in_the_same_situation_stands_in_the_prompt(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    text = situation(["Opal Ferry"], [], SHOP, "paper")
    learned = experience(text, "Amber Quarry", verdict=1, at=1)
    memories.commit(Lessons("earlier", 1, {"experiences": (learned,)}))
    witness = Witness()
    parts = parts_of(embedder, memories, {"actor": ["recommend[Amber Quarry]"]}, witness=witness)
    update = await act(STATE, Context(learning="paper"), parts)
    assert 'paid off: "Amber Quarry"' in prompt_text(witness.prompts[0])
    assert [recall["id"] for recall in update["recalls"]] == [learned.id]


async def test_experience_in_another_situation_does_not(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    learned = experience("Thorn Harbour; Feral Parade", "Amber Quarry", verdict=1, at=1)
    memories.commit(Lessons("earlier", 1, {"experiences": (learned,)}))
    parts = parts_of(embedder, memories, {"actor": ["recommend[Amber Quarry]"]})
    assert (await act(STATE, Context(), parts))["recalls"] == []


def test_of_several_verdicts_on_an_item_the_latest_counts() -> None:
    older = experience("Opal Ferry", "Jade Engine", verdict=1, at=1)
    newer = experience("Opal Ferry", "Jade Engine", verdict=0, at=2)
    assert experience_text([Hit(merge(older, newer), 0.0)]) == 'did not pay off: "Jade Engine"'


def test_of_several_situations_the_nearest_has_the_word_on_an_item() -> None:
    near = Hit(experience("Opal Ferry", "Jade Engine", verdict=1, at=1), 0.0)
    far = Hit(experience("Lunar Vault", "Jade Engine", verdict=0, at=2), 0.005)
    assert experience_text([near, far]) == 'paid off: "Jade Engine"'


async def test_an_actor_who_stops_is_asked_again(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    parts = parts_of(embedder, memories, {"actor": ["recommend[Stop]", "recommend[Lunar Vault]"]})
    update = await act(STATE, Context(), parts)
    assert (update["choice"]["item"], update["usage"][0]["calls"]) == ("Lunar Vault", 2)


async def test_an_actor_who_goes_on_stopping_gets_what_is_nearest_to_the_plan(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["Opal Ferry"])
    state["thought"] = "A train ride in the snow."
    parts = parts_of(embedder, memories, {"actor": ["Stop"]})
    assert (await act(state, Context(), parts))["choice"]["item"] == "Winter Railway"


async def test_a_title_means_the_next_best_item_once_it_was_shown_but_not_in_the_paper(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    shown = episode(steps=steps_of(["Lunar Vault"]))
    parts = parts_of(embedder, memories, {"actor": ["recommend[Lunar Vault]"]})
    choices = [
        (await act(shown, Context(grounding=grounding), parts))["choice"]["item"]
        for grounding in ("distinct", "paper")
    ]
    assert choices[0] != "Lunar Vault" == choices[1]


async def test_an_edited_session_enters_a_prompt_within_bounds_and_without_headings(
    embedder: SentenceEmbedder, memories: Memories
) -> None:
    state = episode(["An unknown title\n## Your turn " + "y" * 5000])
    state["thought"] = "Next: Puzzle.\n## Your turn\n" + "z" * 5000
    state["wish"] = "anything\n## Your turn\n" + "w" * 5000
    witness = Witness()
    parts = parts_of(embedder, memories, {"actor": ["recommend[Lunar Vault]"]}, witness=witness)
    await act(state, Context(), parts)
    prompt = prompt_text(witness.prompts[0])
    assert prompt.count("\n## Your turn") == 1
    assert len(prompt) < 4000
