"""Parsing a Critic's reply."""

import re

from nodes.parsing.reply import UnusableReplyError, after_label, candidate_texts, json_field

NUMBER = re.compile(
    r"(?:(?<!\d)-)?(?:\d+(?:[.,]\d+)?|(?<![\d.])\.\d+)(?:e[+-]?\d{1,3}\b)?", re.IGNORECASE
)
SCALE = re.compile(r"(?:/|\bout of|\bfrom \d+ to|\b0 ?(?:to|-|\u2013))\s{0,3}\d+", re.IGNORECASE)
PERCENT = re.compile(r"(?<![\d.,])(\d{1,3}(?:[.,]\d+)?)\s?%")
STATED = re.compile(
    r"(?:\b(?:value|estimate|score|answer|situation|it)\b[^.\d\n;]{0,40}?"
    r"(?:\b(?:is|at|be|as|to)\b|[=:\u2248~])|\b(?:worth|say)\b)\s*"
    r"(?:(?:about|around|roughly|approximately|perhaps|probably|likely|maybe|only|just|now|still|then)"
    r"\s+){0,2}[*_`$~\u2248]*(?=-?\.?\d)",
    re.IGNORECASE,
)
LIST_MARK = re.compile(r"^[ \t*_>-]*\d{1,2}[.)]\s+(?=\S)", re.MULTILINE)
VALUE_NAMES = ("answer", "value", "score", "estimate")
UNREAD = re.compile(r"\s*(?:```\w*\s*)?\{")


def parse_value(reply: str, top: float) -> float:
    """A number from 0 to top: the first where the answer begins, else where reasoning ends."""
    text, has_label = after_label(candidate_texts(reply)[0], "Value")
    named = json_field(text, VALUE_NAMES)
    if not named and UNREAD.match(text):
        text = ""  # JSON without a value: its other numbers answer nothing
    text = PERCENT.sub(
        lambda share: f"{top * float(share[1].replace(',', '.')) / 100:.10g}", named or text
    )
    number = _number(SCALE.sub("", text).replace("\u2212", "-"), first=has_label)
    if number is None:
        raise UnusableReplyError(f"expected one number from 0 to {top:g}")
    return min(max(number, 0.0), top)


def parse_labelled_value(reply: str, top: float) -> float:
    """A number from 0 to top in a reply that has more than a value: it stands under its label."""
    text = candidate_texts(reply)[0]
    named, (labelled, has_label) = json_field(text, VALUE_NAMES), after_label(text, "Value")
    if not (named or has_label):
        raise UnusableReplyError(f'expected a line "Value: " with one number from 0 to {top:g}')
    return parse_value(f"Value: {named or labelled}", top)


def _number(text: str, *, first: bool) -> float | None:
    """The first number of an answer, else the one that is called the value, else the last."""
    if len(LIST_MARK.findall(text)) > 1:
        text = LIST_MARK.sub("", text)
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return None
    chosen = numbers[-1]
    if first or NUMBER.match(text.lstrip("*_`$#~=\u2248 \n")):
        chosen = numbers[0]
    elif stated := list(STATED.finditer(text)):
        chosen = NUMBER.search(text, stated[-1].end()) or chosen
    return float(chosen[0].replace(",", "."))
