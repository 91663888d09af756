"""Reading what chat models answer, tidy or not: plans, reflections and values."""

import re

from nodes.parsing.clean_reflection import without_orders
from nodes.parsing.reply import UnusableReplyError, answer, field, labelled, some, turns
from simulator import plain

NUMBER = re.compile(
    r"(?:(?<!\d)-)?(?:\d+(?:[.,]\d+)?|(?<![\d.])\.\d+)(?:e[+-]?\d{1,3}\b)?", re.IGNORECASE
)
SCALE = re.compile(r"(?:/|\bout of|\bfrom \d+ to|\b0 ?(?:to|-|\u2013))\s{0,3}\d+", re.IGNORECASE)
PERCENT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)\s?%")
OTHERS = re.compile(
    r"^[ \t*_#>-]*(?:Action|Value|Reflection)[ \t]{0,3}\d{0,4}[ \t*_]{0,4}[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
STATED = re.compile(
    r"(?:\b(?:value|estimate|score|answer|situation|it)\b[^.\d\n;]{0,40}?"
    r"(?:\b(?:is|at|be|as|to)\b|[=:\u2248~])|\b(?:worth|say)\b)\s*"
    r"(?:(?:about|around|roughly|approximately|perhaps|probably|likely|maybe|only|just|now|still|then)"
    r"\s+){0,2}[*_`$~\u2248]*(?=-?\.?\d)",
    re.IGNORECASE,
)
LIST_MARK = re.compile(r"^[ \t*_>-]*\d{1,2}[.)]\s+(?=\S)", re.MULTILINE)
UNREAD = re.compile(r"\s*(?:```\w*\s*)?\{")
INLINE = re.compile(
    r"(?:^|\s)[*_`]*(?:Action|\u52a8\u4f5c|\u884c\u52a8)[ \t]{0,3}\d{0,4}[ \t*_`]{0,4}[:\uff1a]"
    r"[ \t*_`]*recommend|[#\uff03]{2,}\s*Your turn\b",
    re.IGNORECASE,
)
HEADING = re.compile(r"(?:^|(?<=\s))[#\uff03]+\s+")
THOUGHT = "(?:Thought|\u601d\u8003|\u60f3\u6cd5)"
THOUGHT_LIMIT = 400


def read_thought(reply: str) -> str:
    """The plan, on one line, without a label or whatever the model played on after it."""
    text = answer(reply, THOUGHT, ("thought", "plan"))
    text = plain(OTHERS.split(text, maxsplit=1)[0], len(reply))
    text = HEADING.sub("", INLINE.split(text, maxsplit=1)[0])
    text = plain(text, THOUGHT_LIMIT).lstrip("#\uff03 ")
    return some(text if re.search(r"\w", text) else "", "a plan in one or two sentences")


def read_reflection(reply: str) -> str:
    """The reflection, on one line, without orders to whoever reads it."""
    text = answer(reply, "Reflection", ("reflection",))
    text = without_orders(OTHERS.split(text, maxsplit=1)[0])
    return some(text, "a reflection in two or three sentences")


def read_value(reply: str, top: float) -> float:
    """A number from 0 to top: the first where the answer begins, else where reasoning ends."""
    text, told = labelled(turns(reply)[0], "Value")
    found = field(text, ("value", "score", "estimate"))
    if not found and UNREAD.match(text):
        text = ""  # other numbers than the one that was asked for
    text = PERCENT.sub(
        lambda share: f"{top * float(share[1].replace(',', '.')) / 100:.10g}", found or text
    )
    number = _number(SCALE.sub("", text).replace("\u2212", "-"), begins=told)
    if number is None:
        raise UnusableReplyError(f"expected one number from 0 to {top:g}")
    return min(max(number, 0.0), top)


def _number(text: str, *, begins: bool) -> float | None:
    """The first number of an answer, else the one that is called the value, else the last."""
    if len(LIST_MARK.findall(text)) > 1:
        text = LIST_MARK.sub("", text)
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return None
    chosen = numbers[-1]
    if begins or NUMBER.match(text.lstrip("*_`$#~=\u2248 \n")):
        chosen = numbers[0]
    elif stated := list(STATED.finditer(text)):
        chosen = NUMBER.search(text, stated[-1].end()) or chosen
    return float(chosen[0].replace(",", "."))
