"""Replies of real models, given to the nodes again: each comes to what it came to when recorded."""

import asyncio
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from benchmarks.prompts.answers import Asked, Chosen, Planned, Reflected, Valued
from benchmarks.prompts.asking import Stage, ask_in
from benchmarks.prompts.cassette import IN_FORM, Header, Recorded, read_cassette, said
from benchmarks.prompts.recorder import watched_parsers
from benchmarks.prompts.report import prompts_hash
from benchmarks.prompts.situations import Situation
from models import FREE, ROLES, Form, Reply, Role
from nodes import Context, EpisodeState, Parts, prompts
from nodes.macro.principle_text import PRINCIPLE_LIMIT
from nodes.parsing.echo import repeats
from nodes.parsing.plan import THOUGHT_LIMIT
from nodes.parsing.query import titles_named, with_quotes
from nodes.parsing.reflection import NOTE_LIMIT
from nodes.state import Ending
from simulator import Catalogue
from stores import Memories, SentenceEmbedder
from tests.nodes.conftest import SHOP, episode, parts_of, steps_of
from tests.recorded.cassettes import FILES, LARGEST, LEAST, as_reply

MORE = (("Ember Lantern", ["Horror"]), ("Copper Isle", ["Farming"]))
MORE += (("Salt Meridian", ["Mystery"]), ("Pale Comet", ["Sports"]))
LARGER = Catalogue.of([*zip(SHOP.titles, SHOP.genres, strict=True), *MORE])

ECHO = "it repeats the instructions"
OF_THE_PROMPT = ("##", "Your turn", 'shown "', "| rated", "| the user left")
OF_THE_FORMAT = ("<|", "|>", "</s>", "<start_of_turn>", "[INST]")


@dataclass(frozen=True)
class Replayed:
    """A recorded reply, and what its node makes of it now."""

    recorded: Recorded
    asked: Asked

    @property
    def outcome(self) -> str:
        return self.asked.calls[0].refused or IN_FORM


@dataclass(frozen=True)
class Played:
    """A cassette that was given to the nodes."""

    name: str
    header: Header
    replies: Sequence[Replayed]

    @property
    def accepted(self) -> list[Replayed]:
        return [one for one in self.replies if one.outcome == IN_FORM]


@dataclass(frozen=True)
class Repeating:
    """A model that says the same again when it is asked for a repair."""

    reply: Reply

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        return self.reply


def state_for(recorded: Recorded, *, left: bool) -> EpisodeState:
    """A session in the shop with as many candidates left, or over after as many rounds."""
    if recorded.offered is not None:
        return episode(steps=steps_of(LARGER.titles[recorded.offered :]))
    rounds = 2 if recorded.rounds is None else recorded.rounds
    state = episode(steps=steps_of(list(islice(cycle(LARGER.titles), rounds))))
    if recorded.role == "reflector":
        state["ending"] = Ending(
            terminated=left,
            truncated=not left,
            cause=None,
            rounds=rounds,
            mean_reward=4.0,
            total_reward=4.0 * rounds,
        )
    return state


async def replay(recorded: Recorded, stage: Stage) -> Replayed:
    """A reply given to its node, in a session that ended as the recorded one did.

    Where that is unknown, the ending is the one after which the reply has its recorded outcome.
    """
    endings = (True, False) if recorded.left is None else (recorded.left,)
    for left in endings:
        state = state_for(recorded, left=left)
        place = Situation(0, "demo", recorded.role, 0, len(state["steps"]) + 1, state)
        asked = await ask_in(place, stage, Repeating(as_reply(recorded)), first=True)
        replayed = Replayed(recorded, asked)
        if replayed.outcome == recorded.outcome:
            break
    return replayed


async def replay_all(file: Path, parts: Parts) -> Played:
    cassette = read_cassette(file)
    stage = Stage(Context(choose=cassette.header.choose), parts, returns={})
    with watched_parsers():
        replies = [await replay(one, stage) for one in cassette.replies]
    return Played(file.stem, cassette.header, replies)


@pytest.fixture(scope="module")
def parts(embedder: SentenceEmbedder) -> Iterator[Parts]:
    """The shop, with empty memories."""
    memories = Memories.in_memory(embedder)
    yield parts_of(embedder, memories, shop=LARGER)
    memories.close()


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def played(request: pytest.FixtureRequest, parts: Parts) -> Played:
    return asyncio.run(replay_all(request.param, parts))


def test_a_reply_is_accepted_or_refused_as_when_it_was_recorded(played: Played) -> None:
    same_prompts = played.header.prompts == prompts_hash()
    differing = [
        (one.recorded.role, one.recorded.text, one.recorded.outcome, one.outcome)
        for one in played.replies
        if one.outcome != one.recorded.outcome
        # an echo of other prompts is none of these
        and (same_prompts or not one.recorded.outcome.startswith(ECHO))
    ]
    assert differing == []


def test_an_accepted_reply_is_read_as_when_it_was_recorded(played: Played) -> None:
    for one in played.accepted:
        known = one.recorded.answer or one.recorded.text
        assert one.asked.answer
        read = said(one.asked.answer)
        if one.recorded.role == "planner":  # the shop tells of no items, which would be marked
            marked = Counter(titles_named(known)) - Counter(titles_named(read))
            assert with_quotes(read, list(marked)) == known
        elif one.recorded.role != "reflector":  # whose fields depend on the genres of a catalogue
            assert read == known


def test_models_answer_in_form_at_the_first_try(played: Played) -> None:
    first = [one for one in played.replies if one.recorded.first]
    in_form = sum(one.recorded.times for one in first if one.outcome == IN_FORM)
    assert in_form / sum(one.recorded.times for one in first) >= LEAST[played.name]


def test_a_cassette_has_replies_to_all_roles(played: Played) -> None:
    assert {one.recorded.role for one in played.accepted} == set(ROLES)


def test_accepted_plans_and_reflections_repeat_nothing_of_the_prompt(played: Played) -> None:
    for text in accepted_texts(played):
        assert not repeats(text, prompts.FIXED), text
        assert [mark for mark in OF_THE_PROMPT if mark in text] == [], text


def test_accepted_plans_and_reflections_are_one_line_without_marks(played: Played) -> None:
    for text in accepted_texts(played):
        assert [mark for mark in OF_THE_FORMAT if mark in text] == [], text
        assert "\n" not in text


def test_accepted_plans_and_reflections_keep_to_their_limits(played: Played) -> None:
    answers = [one.asked.answer for one in played.accepted]
    assert all(len(one.text) <= THOUGHT_LIMIT for one in answers if isinstance(one, Planned))
    reflected = [one for one in answers if isinstance(one, Reflected)]
    assert all(len(one.text) <= PRINCIPLE_LIMIT for one in reflected)
    assert all(len(one.fields["note"]) <= NOTE_LIMIT for one in reflected)


def test_accepted_numbers_choose_from_the_list_or_are_on_the_scale(played: Played) -> None:
    for one in played.accepted:
        answer, recorded = one.asked.answer, one.recorded
        if isinstance(answer, Chosen) and played.header.choose == "number":
            assert answer.offered == recorded.offered
            # a number that was taken for a title has no place in the list
            assert not answer.reply.isdecimal() or answer.place == int(answer.reply)
        elif isinstance(answer, Valued):
            assert recorded.top is not None
            assert 0 <= answer.value <= recorded.top


def test_all_cassettes_together_are_small() -> None:
    assert sum(file.stat().st_size for file in FILES) < LARGEST


def accepted_texts(played: Played) -> list[str]:
    answers = [one.asked.answer for one in played.accepted]
    return [one.text for one in answers if isinstance(one, Planned | Reflected)]
