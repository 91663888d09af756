"""What chat models answer, tidy or not, is read or refused; never misread, never empty."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from nodes.parsing.action import parse_action
from nodes.parsing.plan import THOUGHT_LIMIT, parse_plan
from nodes.parsing.reflection import parse_reflection, reflection_text
from nodes.parsing.reply import QUOTES, UnusableReplyError
from nodes.parsing.value import parse_value
from nodes.trajectory import quoted
from simulator import clean_title
from tests.nodes.conftest import records

Read = Callable[[str], object]

READERS: dict[str, Read] = {
    "Thought": parse_plan,
    "Action": parse_action,
    "Value": lambda reply: parse_value(reply, 10.0),
    "Reflection": lambda reply: parse_reflection(reflection_text(reply), ("Puzzle",)),
}
readers = pytest.mark.parametrize(("label", "read"), READERS.items(), ids=list(READERS))

flat = st.text(st.characters(codec="utf-8", exclude_characters="[]" + "".join(QUOTES)), max_size=30)
bracketed = st.builds("{}[{}]{}".format, flat, flat, flat) | flat


@pytest.fixture(scope="module")
def recorded(reference: Path) -> list[dict[str, Any]]:
    """Every step of the recorded episodes."""
    files = sorted((reference / "transcripts").glob("*.jsonl.gz"))
    return [step for file in files for game in records(file) for step in game["steps"]]


def test_every_recorded_action_is_read_as_the_title_in_its_brackets(
    recorded: list[dict[str, Any]],
) -> None:
    actions = [step["action"] for step in recorded]
    inner = [action.strip().removeprefix("recommend[").removesuffix("]") for action in actions]
    bare = [re.sub(r"^'(.+)'$", r"\1", title.strip('"')) for title in inner]  # some models quote
    titles = [clean_title(title) for title in bare]
    assert len(actions) > 2900
    assert [parse_action(action) for action in actions] == titles


def test_every_recorded_thought_is_read_as_one_line_of_bounded_length(
    recorded: list[dict[str, Any]],
) -> None:
    thoughts = [parse_plan(step["thought"]) for step in recorded]
    assert len(thoughts) > 2900
    assert max(map(len, thoughts)) <= THOUGHT_LIMIT
    assert all(len(thought.splitlines()) == 1 for thought in thoughts)


@given(bracketed)
def test_a_title_in_brackets_is_read_as_it_stands_whatever_brackets_it_holds(raw: str) -> None:
    title = clean_title(raw)
    assume(title)
    assert parse_action(f"Action: recommend[{title}]") == title


@given(flat)
def test_a_title_may_be_quoted_as_prompts_quote_it(raw: str) -> None:
    title = clean_title(raw)
    assume(title not in ("", "...", "\u2026"))  # as forms leave a title open
    assert parse_action(f"recommend[{quoted(title)}]") == title


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("recommend[Braid]", "Braid"),
        ("Recommend [Braid]", "Braid"),
        ("**Action:** recommend[Braid]", "Braid"),
        ("Action 3: recommend[Braid]\nObservation: 5", "Braid"),
        ("I think of recommend[Doom].\nAction: recommend[Braid]", "Braid"),
        ("<think>recommend[Doom]?</think>\nrecommend[Braid]", "Braid"),
        ("recommend[Doom]? No.\n</think>\nrecommend[Braid]", "Braid"),
        ("recommend[Braid", "Braid"),
        ("recommend[[Braid]", "[Braid"),
        ("recommend[Command &amp; Conquer]", "Command & Conquer"),
        ('  "Braid"\n', "Braid"),
        ("Action: Braid", "Braid"),
        ("recommend[Braid]<|im_end|>\n<|im_start|>user", "Braid"),
        ("<think>Doom?</think> recommend[Braid] <think>Well done?</think>", "Braid"),
        (
            "<|channel|>analysis<|message|>recommend[Doom]?<|end|><|start|>assistant"
            "<|channel|>final<|message|>recommend[Braid]<|return|>",
            "Braid",
        ),
        ("<answer>Braid</answer>", "Braid"),
        ("> `recommend[Braid]`", "Braid"),
        ("recommend(Braid)", "Braid"),
        ("recommend[\u201cBraid\u201d]", "Braid"),
        ("recommend['Braid']", "Braid"),
        ("recommend[\u00abBraid\u00bb]", "Braid"),
        ('recommend["Weird" Al]', '"Weird" Al'),
        ('recommend["Braid" [Puzzle, Arcade] ~4.5]', "Braid"),
        ('["Braid" [Puzzle, Arcade]]', "Braid"),
        ('["Braid"]', "Braid"),
        ('["Braid", "Doom"]', "Braid"),
        ('recommend[{"title": "Braid"}]', "Braid"),
        ('{"name": "recommend", "arguments": "{\\"title\\": \\"Braid\\"}"}', "Braid"),
        ('{"action": "recommend", "parameters": {"movie": "Braid"}}', "Braid"),
        ("Recommend: [Braid]", "Braid"),
        ("recommend\uff3bBraid\uff3d", "Braid"),
        ("\u52a8\u4f5c\uff1arecommend\u3010Braid\u3011", "Braid"),
        ("Aktion: recommend[Braid]", "Braid"),
        ("Action\uff1a recommend[Braid]", "Braid"),
        ("re\u200bcommend[Br\u200baid]", "Braid"),
        ("recommend[title: Braid]", "Braid"),
        ('{"action": "recommend[Braid]"}', "Braid"),
        ('```json\n{"thought": "recommend[Doom]?", "Action": "Braid"}\n```', "Braid"),
        ('Sure! {"action": "recommend", "title": "Braid"} Enjoy!', "Braid"),
        ('{"action": {"name": "recommend", "arguments": {"title": "Braid"}}}', "Braid"),
        ('{"action": "recommend[Pok\\u00e9mon]"}', "Pok\u00e9mon"),
        ('{"action": "recommend[Braid', "Braid"),
    ],
)
def test_actions_are_read_from_what_models_write(reply: str, title: str) -> None:
    assert parse_action(reply) == title


@pytest.mark.parametrize(
    ("reply", "title"),
    [
        ("recommend[Braid]\nOr else recommend[Doom], which is louder.", "Braid"),
        ("recommend[Braid]\nObservation: rated 5\nAction: recommend[Doom]", "Braid"),
        ("Action 1: recommend[Braid]\nObservation 1: 5\nAction 2: recommend[Doom]", "Braid"),
        ("recommend[Doom] would bore them. Better recommend[Braid].", "Braid"),
        ("Not recommend[Doom].\nThey like puzzles.\n\n**recommend[Braid]**", "Braid"),
        ("Action: recommend[Braid]\nAction: recommend[Doom]", "Braid"),
        ("recommend[Braid] is best; I would not recommend[Doom].", "Braid"),
        ("I'd go for recommend[Braid]. Do not recommend[Doom] again.", "Braid"),
        ("Don't recommend[Doom].\nNever recommend[Rez].\nI settle on recommend[Braid].", "Braid"),
        ("It was not shown yet, so recommend[Braid] it is.", "Braid"),
        ("1. recommend[Braid]\n2. recommend[Doom]\n3. recommend[Rez]", "Braid"),
        (
            "Not recommend[Doom]. Rather: recommend[Braid], recommend[Ico] or recommend[Rez]",
            "Braid",
        ),
    ],
)
def test_of_several_actions_the_one_is_read_that_the_model_settled_on(
    reply: str, title: str
) -> None:
    assert parse_action(reply) == title


@pytest.mark.parametrize(
    "echo",
    [
        "recommend[title]",
        "recommend[...]",
        "recommend[Item]",
        "recommend",
        "recommend[item title]",
        "recommend[<title>]",
        "recommend[Title of the item]",
        '{"action": "recommend"}',
    ],
)
def test_the_form_itself_is_no_action(echo: str) -> None:
    with pytest.raises(UnusableReplyError, match=r"expected recommend\[title\]"):
        parse_action(echo)


@pytest.mark.parametrize(
    "reply",
    [
        "I would show a puzzle.",
        "Braid\nor Doom",
        "x" * 200,
        "recommend[]",
        "recommend[ ]",
        "I cannot help with that",
        "Do not recommend[Doom]",
        '{"plan": 3}',
        "[3]",
        "Sorry, but no",
    ],
)
def test_what_names_no_title_is_refused_with_the_form_that_is_expected(reply: str) -> None:
    with pytest.raises(UnusableReplyError, match=r"expected recommend\[title\]"):
        parse_action(reply)


@pytest.mark.parametrize(
    ("reply", "value"),
    [
        ("6.5", 6.5),
        ("Value: 7", 7.0),
        ("**Value:** 7.25/10", 7.25),
        ("Value: .5", 0.5),
        ("75%", 7.5),
        ("Value: 82,5 %", 8.25),
        ("I am 90% sure that it is 6", 6.0),
        ("Value: 3\nOn reflection.\nValue: 4", 4.0),
        ("<think>3, or 4?</think>8", 8.0),
        ("about 3, or 4?</think>8", 8.0),
        ("-3", 0.0),
        ("\u22123", 0.0),
        ("99", 10.0),
        ("1e3", 10.0),
        ("9" * 5000, 10.0),
        ("7,5", 7.5),
        ("Wert: 7,5", 7.5),
        ("\uff17", 7.0),
        ("7 because of the 4.5 in round 1", 7.0),
        ("Rated 4.5 and 4.0 so far, 3 rounds to come: I say 7.2.", 7.2),
        ("The value is 7.5. The user rated 5 items.", 7.5),
        ("In round 3 they rated 4.0, so the value is about 7.5 overall, given 2 rounds left.", 7.5),
        ("1. They like it.\n2. They will stay.\n\n8", 8.0),
        ("1. They like it.\n2. They will stay.\nValue: 8", 8.0),
        ("Value: about 7, given the 4.5", 7.0),
        ("Somewhere between 6-7", 7.0),
        ("On a scale from 0 to 10: 6", 6.0),
        ("(0-10): 6 out of 10", 6.0),
        ("Value: 6\nObservation: rated 3\nValue: 5", 6.0),
        ('{"value": 7.25}', 7.25),
        ('```json\n{"Value": "7.25 / 10"}\n```', 7.25),
        ('{"value": 1' + "0" * 5000 + "}", 10.0),
    ],
)
def test_values_are_read_from_what_models_write(reply: str, value: float) -> None:
    assert parse_value(reply, 10.0) == value


@pytest.mark.parametrize(
    "reply",
    [
        "nan",
        "inf",
        '{"value": NaN}',
        '{"value": true}',
        "high",
        '{"value": null, "confidence": 0.2}',
        "1. They like it.\n2. They stay.",
    ],
)
def test_what_is_no_number_is_refused(reply: str) -> None:
    with pytest.raises(UnusableReplyError, match="expected one number from 0 to 10"):
        parse_value(reply, 10.0)


@given(
    reply=st.text() | st.floats(allow_nan=False).map(str) | st.integers().map(str),
    top=st.floats(0.0, 1000.0),
)
def test_a_value_is_within_zero_and_top_or_refused(reply: str, top: float) -> None:
    try:
        value = parse_value(f"Value: {reply}", top)
    except UnusableReplyError:
        return
    assert 0.0 <= value <= top


@pytest.mark.parametrize(
    ("reply", "thought"),
    [
        ("Puzzles first.", "Puzzles first."),
        ("Thought: Puzzles first.", "Puzzles first."),
        ("**Thought 2:** Puzzles\nfirst.", "Puzzles first."),
        ("Puzzles first.\nAction: recommend[Braid]", "Puzzles first."),
        ("Puzzles first. Action: recommend[Braid]", "Puzzles first."),
        ("Puzzles first. ## Your turn Actor: recommend[Braid]", "Puzzles first."),
        ("Puzzles first. \uff03\uff03 Your turn", "Puzzles first."),
        ("Too much Action: rest it.", "Too much Action: rest it."),
        ("\u601d\u8003\uff1aPuzzles first.", "Puzzles first."),
        ("Puzzles first.\nObservation 1: 5", "Puzzles first."),
        ("<think>Horror?</think>Puzzles first.", "Puzzles first."),
        ("Horror?</think>Puzzles first.", "Puzzles first."),
        ("Thought: Thought: Puzzles first.", "Puzzles first."),
        ("Thought: Horror?\nThought: Puzzles first.", "Puzzles first."),
        ("Puzzles first.\nThought:", "Puzzles first."),
        ("### Thought\uff1a Puzzles first.", "Puzzles first."),
        ("Thought: Puzzles first.\nAction: x\nObservation: 5\nThought: Horror.", "Puzzles first."),
        ("Puzzles first.\n\n## Your turn\nActor, round 3", "Puzzles first."),
        ('{"thought": "Puzzles\\nfirst."}', "Puzzles first."),
        ("Puzzles first.</s><s>[INST] And now?", "Puzzles first."),
        ("Gedanke: R\u00e4tsel zuerst.", "Gedanke: R\u00e4tsel zuerst."),
    ],
)
def test_thoughts_are_read_from_what_models_write(reply: str, thought: str) -> None:
    assert parse_plan(reply) == thought


@given(st.text() | st.builds("{}{}".format, st.sampled_from(["# ", "## Your turn\n"]), st.text()))
def test_a_thought_never_looks_like_a_section_of_a_prompt(reply: str) -> None:
    try:
        thought = parse_plan(reply)
    except UnusableReplyError:
        return
    assert not thought.startswith("#")


@readers
@pytest.mark.parametrize("nothing", ["", " \n\t", "\u200b", "<think>so much to say"])
def test_an_empty_reply_is_refused(label: str, read: Read, nothing: str) -> None:
    with pytest.raises(UnusableReplyError, match="expected"):
        read(nothing)


@readers
def test_a_label_with_nothing_behind_it_is_refused(label: str, read: Read) -> None:
    with pytest.raises(UnusableReplyError, match="expected"):
        read(f"{label}:\n")


@readers
@given(reply=st.text())
def test_no_reader_gives_an_empty_text(label: str, read: Read, reply: str) -> None:
    try:
        said = read(reply)
    except UnusableReplyError:
        return
    assert said != ""
