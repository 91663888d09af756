"""Reading what chat models answer, tidy or not."""

import re

from nodes.answers import field, labelled, turns
from simulator import plain

NUMBER = re.compile(
    r"(?:(?<!\d)-)?(?:\d+(?:[.,]\d+)?|(?<![\d.])\.\d+)(?:e[+-]?\d{1,3}\b)?", re.IGNORECASE
)
SCALE = re.compile(r"(?:/|\bout of|\bfrom \d+ to|\b0 ?(?:to|-|\u2013))\s{0,3}\d+", re.IGNORECASE)
OTHERS = re.compile(
    r"^[ \t*_#>-]*(?:Action|Value|Reflection)[ \t]{0,3}\d{0,4}[ \t*_]{0,4}[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
OPENING = re.compile(
    r"recommend(?:\s{0,3}:?\s{0,3}(?P<square>[\[\uff3b\u3010])|(?P<round>[(\uff08\u300c]))",
    re.IGNORECASE,
)
CLOSING = {"[": "]", "\uff3b": "\uff3d", "\u3010": "\u3011"}
CLOSING |= {"(": ")", "\uff08": "\uff09", "\u300c": "\u300d"}
BETWEEN_OPTIONS = re.compile(r"[\s\d,;.)*\u2022-]*(?:\b(?:and|or)\b)?[\s*]*")
NAMED = re.compile(r"(?:title|item)\s?[:=]\s?(?=\S)", re.IGNORECASE)
AROUND_ANSWER = " \t\n*_`\"'>1.-"
ECHOES = ("title", "the title", "item", "...", "\u2026")  # the form itself, not filled in
OPTIONS_READ = 20
THOUGHT_LIMIT, REFLECTION_LIMIT, TITLE_LIMIT, BARE_LIMIT = 400, 400, 160, 80

ACTION_NAMES = ("title", "item", "action_input", "action", "recommendation", "recommend", "answer")


class UnusableReplyError(ValueError):
    """A reply that cannot be read; the message is shown to the model that gave it."""


def read_thought(reply: str) -> str:
    """The plan, on one line, without a label or whatever the model played on after it."""
    text = _text(reply, "Thought", ("thought", "plan"))
    text = OTHERS.split(text, maxsplit=1)[0]
    return _some(plain(text, THOUGHT_LIMIT).lstrip("# "), "a plan in one or two sentences")


def read_reflection(reply: str) -> str:
    """The reflection, on one line."""
    text = plain(_text(reply, "Reflection", ("reflection",)), REFLECTION_LIMIT)
    return _some(text, "a reflection in two or three sentences")


def read_value(reply: str, top: float) -> float:
    """A number from 0 to top: the first where the answer begins, else where reasoning ends."""
    text, told = labelled(turns(reply)[0], "Value")
    text = SCALE.sub("", field(text, ("value", "score", "estimate")) or text)
    numbers = [number[0] for number in NUMBER.finditer(text.replace("\u2212", "-"))]
    if not numbers:
        raise UnusableReplyError(f"expected one number from 0 to {top:g}")
    begins = told or NUMBER.match(text.lstrip("*_`$#~=\u2248 "))
    number = float(numbers[0 if begins else -1].replace(",", "."))
    return min(max(number, 0.0), top)


def read_action(reply: str) -> str:
    """The title in recommend[title]; a bare title alone on one line is taken as well."""
    said = turns(reply)
    for turn in said:
        text, _ = labelled(turn, "Action")
        told = field(text, ACTION_NAMES)
        title = _recommended(told or text) or ("" if told else _recommended(turn))
        if title:
            return title
    return _bare(_text(reply, "Action", ACTION_NAMES))


def _text(reply: str, label: str, names: tuple[str, ...]) -> str:
    text, _ = labelled(turns(reply)[0], label)
    return field(text, names) or text


def _recommended(text: str) -> str:
    """The title recommended: on a first line of its own, else the one that reasoning comes to.

    The prompt ends in the label, so a reply whose first line is a recommendation has answered, and
    what follows explains it. Of a list at the end of reasoning, the first is the best.
    """
    found = list(OPENING.finditer(text))
    if not found:
        return ""
    first = _bracketed(text, found[0])
    around = text[: found[0].start()] + text[found[0].end() + len(first) + 1 :].partition("\n")[0]
    if not around.strip(AROUND_ANSWER):
        return _title(first)
    options = [(match, _bracketed(text, match)) for match in found[-OPTIONS_READ:]]
    match, title = options.pop()
    for earlier, other in reversed(options):
        between = text[earlier.end() + len(other) + 1 : match.start()]
        if not BETWEEN_OPTIONS.fullmatch(between):
            break
        match, title = earlier, other
    return _title(title)


def _bracketed(text: str, opened: re.Match[str]) -> str:
    """Up to the bracket that closes the one opened; titles may hold brackets of their own."""
    opening = opened["square"] or opened["round"]
    start, closing, depth = opened.end(), CLOSING[opening], 1
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return text[start:position]
    return text[start:].partition(closing)[0].partition("\n")[0]


def _bare(text: str) -> str:
    """A title without its form: a short line by itself."""
    bare = text.strip().strip("\"'*_`\u201c\u201d\u00ab\u00bb ")
    if not bare or "\n" in bare or len(bare) > BARE_LIMIT or bare.endswith("."):
        raise UnusableReplyError("expected recommend[title], with one title from the catalogue")
    return _title(bare)


def _title(text: str) -> str:
    """A title as it was meant; prompts show titles in quotation marks."""
    named = NAMED.match(text.strip())
    title = plain(text.strip()[named.end() if named else 0 :].strip().strip('"'), TITLE_LIMIT)
    return _some("" if title.casefold() in ECHOES else title, "recommend[title]")


def _some(text: str, expected: str) -> str:
    if not text:
        raise UnusableReplyError(f"the reply was empty, expected {expected}")
    return text
