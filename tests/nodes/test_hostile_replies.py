"""Whatever a chat model says, every role gets something within its bounds, and no exception."""

import random
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.language_models import GenericFakeChatModel
from langchain_core.messages import AIMessage, HumanMessage

from models import Role, from_chat_model
from nodes.ask import BLANKS, REPAIRS, ask
from nodes.parsing.action import parse_action
from nodes.parsing.plan import THOUGHT_LIMIT, parse_plan
from nodes.parsing.reflection import LONGEST_REST, NOTE_LIMIT, parse_reflection, reflection_text
from nodes.parsing.reply import UnusableReplyError
from nodes.parsing.value import parse_value
from simulator.text import TITLE_LIMIT

REPLIES = 2000
GENRES = ("Braid", "Puzzle")
TOP, MOST_CALLS = 10.0, 1 + REPAIRS + BLANKS + 1  # one with more room
PIECES = [
    *("recommend[", "]", "[", "(", ")", "{", "}", '{"action": ', '{"value": ', '"', "'", ",", ":"),
    *("Thought:", "Action:", "Value:", "Reflection:", "Observation 3:", "## Your turn", "\n", " "),
    *("Why: bored", "Genres:", "Rest: 7", '{"why": "', '"show": ['),
    *("<think>", "</think>", "<|im_end|>", "</s>", "[INST]", "```json\n", "```", "**", "\\", "|"),
    *("<|channel|>final<|message|>", "<answer>", "&amp;lt;", "&#0;", "%s", "{title}", "{0}"),
    *("7", "-", ".", "1e999", "9" * 400, "NaN", "\u0663", "\uff17", "7,5", "/10", " out of 10"),
    *("\u200b", "\u202e", "\ud800", "\udfff", "\0", "\x1b[31m", "\u2028", "\ufeff", "\U0001f3ae"),
    *("\uff3b", "\uff3d", "\uff1a", "\u3010", "a\u0301\u0300", "\u0130", "\ufdfa", "Braid", "nul"),
]

Bounded = Callable[[object], bool]


def one_line(limit: int) -> Bounded:
    def bounded(text: object) -> bool:
        return (
            isinstance(text, str)
            and 0 < len(text) <= limit
            and len(text.splitlines()) == 1
            and text.isprintable()
        )

    return bounded


def of_the_form(fields: Any) -> bool:
    """Whether there are only genres, a number and a reason, and a note on one line."""
    named = {*fields["genres"], *fields["show"], *fields["avoid"]}
    in_bounds = fields["rest"] is None or 0 <= fields["rest"] <= LONGEST_REST
    reasons = ("bored", "displeased", "stayed", "unknown")
    noted = one_line(NOTE_LIMIT)(fields["note"])
    return named <= {*GENRES} and in_bounds and fields["why"] in reasons and noted


READERS: dict[Role, tuple[Callable[[str], object], Bounded]] = {
    "planner": (parse_plan, one_line(THOUGHT_LIMIT)),
    "actor": (parse_action, one_line(TITLE_LIMIT)),
    "critic": (
        lambda reply: parse_value(reply, TOP),
        lambda value: isinstance(value, float) and 0.0 <= value <= TOP,
    ),
    "reflector": (lambda reply: parse_reflection(reflection_text(reply), GENRES), of_the_form),
}
roles = pytest.mark.parametrize("role", READERS)


def hostile_replies(seed: int) -> Iterator[str]:
    """Pieces that readers look for, thrown together; now and then one of them very often."""
    dice = random.Random(seed)
    for _ in range(REPLIES):
        pieces = dice.choices(PIECES, k=dice.randint(0, 12))
        if dice.random() < 0.02:
            pieces.insert(0, dice.choice(PIECES) * dice.randint(1000, 5000))
        yield "".join(pieces)


@roles
async def test_what_comes_of_hostile_replies_is_within_the_roles_bounds(role: Role) -> None:
    read, bounded = READERS[role]
    prompt = HumanMessage("Speak.")
    replies = (AIMessage(reply) for reply in hostile_replies(seed=7))
    model = GenericFakeChatModel(messages=replies)
    wrong = []
    for _ in range(REPLIES // MOST_CALLS):
        said, usage = await ask(from_chat_model(model), role, 1, [prompt], read, lambda _: None)
        if not (said is None or bounded(said)):
            wrong.append(said)
        assert usage["calls"] <= MOST_CALLS
    assert wrong == []


@roles
def test_readers_keep_to_their_bounds_or_refuse(role: Role) -> None:
    read, bounded = READERS[role]
    wrong = []
    for reply in hostile_replies(seed=8):
        try:
            said = read(reply)
        except UnusableReplyError:
            continue
        if not bounded(said):
            wrong.append((reply, said))
    assert wrong == []


@roles
@given(reply=st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=10).map("".join))
def test_what_is_read_of_any_reply_is_within_bounds(role: Role, reply: str) -> None:
    read, bounded = READERS[role]
    try:
        said = read(reply)
    except UnusableReplyError:
        return
    assert bounded(said)
