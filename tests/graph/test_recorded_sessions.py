"""Whole sessions of BiLLP whose roles answer what real models answered."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from langchain_core.messages import BaseMessage

from benchmarks.prompts.cassette import Cassette, read_cassette
from graph.episode import build_graph
from graph.load import load_parts
from models import FREE, Form, Reply, Role
from nodes import Context, EpisodeState, Parts
from nodes.trajectory import first_messages
from simulator import load_world
from stores import Memories, SentenceEmbedder
from tests.recorded.cassettes import FILES, as_reply

USERS, ROUNDS = range(3, 120, 9), 4  # some users leave before the cap, some are still there
HEADINGS = (
    "## Viewed before the session (oldest first)",
    "## This session",
    "## Principles from earlier sessions",
    "## Genres of the catalogue",
    "## Items that kept users",
    "## Plan",
    "## Genres",
    "## Catalogue (new to the user",
    "## Experience (prefer what paid off in this situation)",
    "## Experience",
    "## Values of similar situations",
    "## Counted in this session",
    "## Your turn",
)
FORMAT = ("<|", "|>", "</s>", "<start_of_turn>", "[INST]")


@dataclass
class Replaying:
    """A chat call that gives each role the cassette's replies in turn, whatever it is asked.

    So a number beyond the list, or one for another list, is what the model says here too.
    """

    cassette: Cassette
    asked: list[tuple[Role, Sequence[BaseMessage]]] = field(default_factory=list)
    turns: Counter[Role] = field(default_factory=Counter)

    async def __call__(
        self, role: Role, messages: Sequence[BaseMessage], form: Form = FREE
    ) -> Reply:
        replies = [one for one in self.cassette.replies if one.role == role]
        reply = replies[self.turns[role] % len(replies)]
        self.turns[role] += 1
        self.asked.append((role, messages))
        return as_reply(reply)


@dataclass(frozen=True)
class Played:
    """Sessions that share memories, with every prompt in them."""

    sessions: Sequence[EpisodeState]
    asked: Sequence[tuple[Role, Sequence[BaseMessage]]]
    rows: dict[str, int]


async def play(file: Path, embedder: SentenceEmbedder) -> Played:
    cassette, memories = read_cassette(file), Memories.in_memory(embedder)
    chat = Replaying(cassette)

    def load(context: Context) -> Parts:
        return replace(load_parts(context), memories=memories, chat=chat)

    graph, started = build_graph(load), count(1)
    context = Context(
        arm="billp",
        half="train",
        memory="ephemeral",
        choose=cassette.header.choose,
        max_rounds=ROUNDS,
        learn=True,
    )
    sessions = [
        await graph.ainvoke({"user": user, "at": next(started)}, context=context) for user in USERS
    ]
    rows = {str(name): number for name, number in memories.counts().items()}
    memories.close()
    return Played(sessions, chat.asked, rows)


@pytest.fixture(scope="module", params=FILES, ids=lambda file: file.stem)
def played(request: pytest.FixtureRequest, embedder: SentenceEmbedder) -> Played:
    return asyncio.run(play(request.param, embedder))


def test_sessions_end_by_the_user_or_by_the_cap(played: Played) -> None:
    for session in played.sessions:
        ending = session["ending"]
        assert ending is not None
        assert ending["terminated"] or ending["rounds"] == ROUNDS
        assert ending["rounds"] == len(session["steps"]) > 0


def test_every_item_is_of_the_catalogue_and_shown_once(played: Played) -> None:
    catalogue = load_world("demo").catalogue
    for session in played.sessions:
        titles = [step["item"] for step in session["steps"]]
        assert set(titles) <= set(catalogue.titles)
        assert len(set(titles)) == len(titles)


def test_sessions_teach_their_reflections_and_what_rounds_were_worth(played: Played) -> None:
    taught = {session["reflection"] for session in played.sessions} - {""}
    assert 0 < len(taught) <= played.rows["reflections"]
    assert played.rows["experiences"] > 0
    assert played.rows["values"] > 0


def test_reflections_of_earlier_sessions_reach_the_planner(played: Played) -> None:
    principles = [one["text"] for one in played.sessions[-1]["principles"]]
    assert set(principles) & {session["reflection"] for session in played.sessions[:-1]}


def test_replies_add_no_sections_to_the_prompts_that_follow(played: Played) -> None:
    for role, messages in played.asked:
        lines = messages[first_messages(role, messages) - 1].text.split("\n")
        headings = [line for line in lines if line.lstrip().startswith("#")]
        assert [line for line in headings if not line.startswith(HEADINGS)] == []
        assert len(set(headings)) == len(headings)
        assert headings[-1] == "## Your turn"


def test_replies_leave_no_marks_of_chat_formats_in_prompts(played: Played) -> None:
    for role, messages in played.asked:
        for message in messages[first_messages(role, messages) - 1 :]:
            assert [mark for mark in FORMAT if mark in message.text] == []


def test_a_refused_reply_is_shown_to_its_model_on_one_line(played: Played) -> None:
    for role, messages in played.asked:
        first = first_messages(role, messages)
        assert len(messages) in (first, first + 2)
        for message in messages[first : first + 1]:
            assert "\n" not in message.text
            assert not message.text.startswith("#")
