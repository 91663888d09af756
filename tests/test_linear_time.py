"""Untrusted text is read in linear time, so that no reader holds up the event loop.

A further reader is one more line of `READERS`, and what its patterns know one more of `MARKS`.
"""

import gc
import importlib
import random
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

import pytest
from langchain_core.messages import AIMessage

from models import ModelError, Reply, Tokens, prompt_text, room_after
from models.errors import RequestRefusedError
from models.failures import Failure, failure_of, one_line
from models.local.hub import hub_file
from models.providers.making import errors_in_one_line
from models.server import other_server
from models.spec import ModelSpec
from models.stand_ins.offline import reply as offline_reply
from models.stand_ins.offline.actor import read_offer
from models.stand_ins.offline.counts import read_counts
from models.stand_ins.offline.reading import items, rounds
from nodes import prompts
from nodes.ask import repair
from nodes.catalogue.grounding import normalised
from nodes.chat.message import text_of
from nodes.chat.sentences import literal
from nodes.parsing.action import parse_action
from nodes.parsing.chat_message import parse_message
from nodes.parsing.choice import parse_choice
from nodes.parsing.echo import not_an_echo
from nodes.parsing.plan import parse_plan
from nodes.parsing.query import said_to_show, titles_named, with_quotes
from nodes.parsing.reflection import parse_reflection, reflection_text
from nodes.parsing.reply import UnusableReplyError
from nodes.parsing.value import parse_value
from nodes.person import UnclearAnswerError, parse_answer
from simulator import clean_title, plain
from simulator.errors import nearest_first
from simulator.logs.delimited import split
from simulator.logs.fields import parse_number, parse_seconds
from simulator.logs.lines import UnusableLineError
from simulator.logs.parse_record import parse_record

Read = Callable[[str], object]

SHORT, LONG = 10_000, 100_000  # characters
GROWTH = 1.3  # times linear
LONGEST = 0.050  # seconds of CPU for a long text
FLOOR = 0.0005  # seconds: what is below counts as if it took as long
HOPELESS = 0.5  # seconds for a short text, after which a long one is not tried
ATTEMPTS = 10  # at most; the shortest time counts
PAIRS = 30  # of marks, drawn for each reader
TOLD = 5  # texts that a failure names
REFUSALS = (UnusableReplyError, UnclearAnswerError, UnusableLineError, ModelError)


def as_reply(text: str) -> Reply:
    return Reply(AIMessage(text), Tokens(1, 1))


def shown_again(text: str) -> str:
    return prompt_text(repair([], as_reply(text), UnusableReplyError("why"), "planner"))


def without_package(text: str) -> None:
    with errors_in_one_line(ModelSpec()):
        raise ImportError(text)


def is_local(text: str) -> object:
    raw = text.encode(errors="replace")
    headers = {b"host": raw, b"origin": raw, b"authorization": raw, raw: b""}
    auth = importlib.import_module("graph.auth")
    return auth.is_local_request(headers, {"client": (text, 1)}), auth.token_of_request(headers)


READERS: dict[str, Read] = {
    "plan": not_an_echo(parse_plan, prompts.FIXED),
    "query": said_to_show,
    "titles named": titles_named,
    "titles without marks": lambda text: with_quotes(text, ("a", "word 9", "(")),
    "action": parse_action,
    "choice": lambda text: parse_choice(text, 10),
    "value": lambda text: parse_value(text, 10.0),
    "reflection": lambda text: parse_reflection(reflection_text(text), ("Puzzle", "Role Playing")),
    "reply shown again": shown_again,
    "open thought": lambda text: room_after(as_reply(text)),
    "name for grounding": normalised,
    "person's answer": lambda text: parse_answer(text, "s/1"),
    "message of a chat": lambda text: parse_message(text, ("Puzzle",), lambda _: None),
    "content of a message": lambda text: text_of([text] * 3),
    "foreign text in Markdown": literal,
    "line": lambda text: plain(text, 1000),
    "title": clean_title,
    "record of a log": lambda text: parse_record(text, {"a"}),
    "value in a record": lambda text: parse_record(f"{{'a': {text}}}", {"a"}),
    "row of a log": lambda text: split(text, ","),
    "number of a log": lambda text: parse_number(text, "rating", 0.0, 5.0),
    "time of a log": parse_seconds,
    "mistyped name": lambda text: nearest_first(text, ("steam", "amazon-book", "demo")),
    "failed request": lambda text: failure_of(RuntimeError(text), str),
    "refused option": lambda text: Failure(
        one_line(text), 400, RequestRefusedError
    ).option(("stop", "seed")),
    "missing package": without_package,
    "server address": other_server,
    "name of a model file": hub_file,
    "request to the server": is_local,
    "items for the stand-in": items,
    "rounds for the stand-in": lambda text: rounds(f"## This session\n{text}"),
    "offer for the stand-in": read_offer,
    "counts for the stand-in": read_counts,
    "genres for the stand-in": lambda text: offline_reply("planner", f"## Genres\n{text}", 0),
}  # fmt: skip

MARKS = (
    *("#", "\uff03", "## Your turn\n", "\n", " ", "*", "_", "`", "```", ">", "-", ".", ". ", ", "),
    *("<think>", "</think>", "<reasoning>", "<|", "|>", "<|channel|>", "final<|message|>", "|"),
    *("<|im_end|>", "</s>", "[INST]", "<a ", "\uff1a", "\u200b", "\u202e", "\0", "\x1b[", "\x1b[3"),
    *("{", "}", "[", "]", "(", ")", '"', "'", "\\", '{"a": ', '{"action": ', '[{"item": ', "'a': "),
    *("recommend[", "recommend[a] ", "recommend", "\uff3b", "\u3010", "\u300c", "title: ", "item "),
    *("Action:", "Thought:", "Value: ", "Observation 1:", 'shown "', "| rated 1", "1. shown "),
    *("0", "9", "1. ", "1.", "1, ", "7,5", "5 %", "-1", "1e9", "/10", " out of 1", "from 0 to "),
    *("the value is ", "it ", "about ", "~", "not ", "or ", "a, ", "a", "word ", "no ", "none "),
    *("Why: ", "Kinds: Puzzle, ", "Rest: 4 ", "for 4 rounds ", "Puzzle "),
    *("Next: ", "show ", "They like A. ", "recommended ", "\u3002", "!", ";", "\u201c", "\u00bb"),
    *("\u0301", "\u0323", "\u302e", "\U0001d165", "\ufdfa", "\u1100\u1161", "\U0001f3ae", "\ud800"),
    *("&", "&amp;", "&#", "&#9;", "&lt;", "pip install ", "-a ", "http://", "//", ":", "@", "%s"),
    *('" [', '"a" [b] ', ": 1% stayed", "after 1: 1 of 1 ", "Never shown: a", "## Plan\n"),
)
HARD = (  # pairs that took quadratic time in some reader
    *(("<think>", "</think>"), ("\u0301", "\u0323"), ("&#", "9"), ('"a" [', " ")),
    *(("recommend[a]", " "), ('recommend["a" [', " "), ("## Your turn", "#"), ("it is", " ")),
)
DEEP = "{'a': ", '{"a": ', '{"action": ', '{"action": {"item": ', "[", '[{"title": ', "(", "'a', "


def repeated(mark: str, size: int) -> str:
    return mark * (size // len(mark))


def alternating(one: str, other: str, size: int) -> str:
    return repeated(one + other, size)


def between(one: str, other: str, size: int) -> str:
    return one + repeated(other, size) + one


def listed(one: str, other: str, size: int) -> str:
    return one + repeated(other, size // 2) + "x" + one


def nested(opening: str, closing: str, size: int) -> str:
    times = size // len(opening + closing)
    return opening * times + closing * times


def deep(opening: str, depth: int, size: int) -> str:
    """Shallow enough to be parsed; a multiple of it fills the text."""
    closing = "".join({"{": "}", "[": "]", "(": ")"}.get(one, "") for one in reversed(opening))
    return repeated(opening * depth + "{}" + closing * depth, size)


def texts(seed: str) -> Iterator[tuple[str, Callable[[int], str]]]:
    """Every mark repeated, and some pairs of them, by what a failure calls them."""
    dice = random.Random(seed)
    for mark in MARKS:
        yield f"repeated {mark!r}", partial(repeated, mark)
    for opening in DEEP:
        for depth in (12, 40):
            yield f"{depth} deep {opening!r}", partial(deep, opening, depth)
    shapes = (alternating, between, listed, nested)
    drawn = [(dice.choice(shapes), dice.sample(MARKS, 2)) for _ in range(PAIRS)]
    hard = [(shape, pair) for pair in HARD for shape in shapes]
    for shape, pair in [*drawn, *hard]:
        yield f"{shape.__name__} {pair}", partial(shape, *pair)


def seconds(read: Read, text: str) -> float:
    """CPU time of a reading, which refuses a text only as it may.

    Other threads do not count, nor does the garbage of other tests.
    """
    gc.disable()
    try:
        began = time.thread_time()
        with suppress(*REFUSALS):
            read(text)
        return time.thread_time() - began
    finally:
        gc.enable()


def problem(read: Read, make: Callable[[int], str]) -> str:
    """What is wrong with the times of a text at both sizes, if it is wrong at every attempt."""
    short = long = float("inf")
    for _ in range(ATTEMPTS):
        short = min(short, seconds(read, make(SHORT)))
        if short > HOPELESS:
            return f"{short * 1000:.0f} ms for {SHORT:,} characters"
        long = min(long, seconds(read, make(LONG)))
        if long <= min(LONGEST, GROWTH * LONG / SHORT * max(short, FLOOR)):
            return ""
    return f"{short * 1000:.1f} ms for {SHORT:,} characters, {long * 1000:.1f} ms for {LONG:,}"


@pytest.fixture(scope="module", autouse=True)
def on_loopback() -> Iterator[None]:
    """The environment in which the server's module may be imported."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
        yield


@pytest.mark.slow
@pytest.mark.parametrize("name", READERS)
def test_a_reader_takes_linear_time_whatever_is_repeated(name: str) -> None:
    slow = list[str]()
    for told, make in texts(seed=name):
        if found := problem(READERS[name], make):
            slow.append(f"{told}: {found}")
            if len(slow) == TOLD:
                break
    assert slow == []
