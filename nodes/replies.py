"""Reading what chat models answer."""

import re

from simulator import plain

THINKING = re.compile(r"\A.*</think>|<think>.*\Z", re.DOTALL | re.IGNORECASE)
NUMBER = re.compile(r"-?(?:\d+(?:\.\d+)?|(?<![\d.])\.\d+)")
SCALE = re.compile(r"(?:/|\bout of|\bfrom \d+ to)\s*\d+", re.IGNORECASE)
THOUGHT_LIMIT, REFLECTION_LIMIT, TITLE_LIMIT, BARE_LIMIT = 400, 400, 160, 80


class UnusableReplyError(ValueError):
    """A reply that cannot be read; the message is shown to the model that gave it."""


def read_thought(reply: str) -> str:
    """The plan, on one line, without a label or whatever the model played on after it."""
    text = _answer(reply, "Thought")
    text = re.split(r"\n\s*(?:Action|Observation)\s*\d*\s*:", text, maxsplit=1)[0]
    return _some(plain(text, THOUGHT_LIMIT).lstrip("# "), "a plan in one or two sentences")


def read_action(reply: str) -> str:
    """The title in recommend[title]; a bare title alone on one line is taken as well."""
    text = _answer(reply, "Action")
    _, mark, rest = re.sub(r"recommend\s*\[", "recommend[", text, flags=re.IGNORECASE).partition(
        "recommend["
    )
    if mark:
        title = _bracketed(rest).strip().strip('"')  # prompts show titles in quotation marks
        return _some(plain(title, TITLE_LIMIT), "recommend[title]")
    bare = text.strip().strip("\"'*_` ")
    if not bare or "\n" in bare or len(bare) > BARE_LIMIT or bare.endswith("."):
        raise UnusableReplyError("expected recommend[title], with one title from the catalogue")
    return _some(plain(bare, TITLE_LIMIT), "recommend[title]")


def read_value(reply: str, top: float) -> float:
    """A number from 0 to top."""
    found = NUMBER.search(SCALE.sub("", _answer(reply, "Value")))
    if not found:
        raise UnusableReplyError(f"expected one number from 0 to {top:g}")
    return min(max(float(found[0]), 0.0), top)


def read_reflection(reply: str) -> str:
    """The reflection, on one line."""
    text = plain(_answer(reply, "Reflection"), REFLECTION_LIMIT)
    return _some(text, "a reflection in two or three sentences")


def _answer(reply: str, label: str) -> str:
    """What follows the last label, or everything where there is none; thinking aloud is dropped."""
    text = THINKING.sub("", reply)
    return re.split(rf"(?:^|\n)[\s*_#]*{label}\s*\d*\s*:[*_]*", text, flags=re.IGNORECASE)[-1]


def _bracketed(rest: str) -> str:
    """Up to the bracket that closes the one before; titles may hold brackets of their own."""
    depth = 1
    for position, character in enumerate(rest):
        depth += {"[": 1, "]": -1}.get(character, 0)
        if depth == 0:
            return rest[:position]
    return rest.partition("]")[0].partition("\n")[0]


def _some(text: str, expected: str) -> str:
    if not text:
        raise UnusableReplyError(f"the reply was empty, expected {expected}")
    return text
