"""The answer within a reply, without thinking, chat-format marks and turns of other roles."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from models import THOUGHTS

REPLY_LIMIT = 20_000  # of a longer reply only the end is read
OBJECTS_TRIED = 20

THOUGHT_TAG = re.compile(rf"<(/?)(?:{'|'.join(THOUGHTS)})>", re.IGNORECASE)
FINAL = re.compile(r"\A.*<\|channel\|>\s*final\s*<\|message\|>", re.DOTALL)
BAR = "[|\uff5c]"  # some models' marks have full-width bars
END = re.compile(
    rf"</s>|<end_of_turn>|<{BAR}(?:im_end|eot_id|endoftext|end|return|end.of.sentence){BAR}>"
)
MARK = re.compile(rf"<{BAR}[^<>\n]{{0,40}}{BAR}>|</?s>|<start_of_turn>|\[/?INST\]|</?answer>")
OTHER_TURN = re.compile(
    r"^[ \t*_#>-]*+(?:Observation[ \t]{0,3}\d{0,4}[ \t*_]{0,4}[:\uff1a]|Your turn\b)",
    re.IGNORECASE | re.MULTILINE,
)
LABEL = re.compile(
    r"^[ \t*_#>-]*+(?:Action|Value|Reflection)[ \t]{0,3}\d{0,4}[ \t*_]{0,4}[:\uff1a]",
    re.IGNORECASE | re.MULTILINE,
)
# as prompts tell a round
SESSION_LINE = re.compile(r'\bshown "[^"\n]*" \[|\| rated \d|\| the user left')
SENTENCE_END = re.compile(r"(?<=[.!?])(?<![:.!?]\s\d\.)\s+|(?<=[\u3002\uff01\uff1f])\s*")
UNFINISHED = re.compile(r"\{\s*\"(\w{1,20})\"\s*:\s*(\d+(?:\.\d+)?)\s*")
QUOTES: tuple[str, ...] = (
    *('""', "''", "\u201c\u201d", "\u2018\u2019", "\u201e\u201c"),
    *("\u00ab\u00bb", "\u300a\u300b", "\u300e\u300f"),
)


class UnusableReplyError(ValueError):
    """A reply that cannot be parsed; the message is sent to the model that wrote it."""


def strip_thinking(reply: str) -> str:
    """The first message of a reply, without thinking and chat-format marks; may be empty."""
    text = reply[-REPLY_LIMIT:]
    # zero-width and direction marks and halves of surrogate pairs
    unseen = [ord(c) for c in set(text) if unicodedata.category(c) in ("Cf", "Cs")]
    text = _without_thoughts(FINAL.sub("", text.translate(dict.fromkeys(unseen))))
    messages = [piece for piece in END.split(text) if piece.strip()]
    return MARK.sub("", messages[0]).strip() if messages else ""


def _without_thoughts(text: str) -> str:
    """The text outside of tags; before a tag that closes what nothing opened, all is thought."""
    kept, after, is_open = list[str](), 0, False
    for tag in THOUGHT_TAG.finditer(text):
        if tag[1]:
            kept = kept if is_open else []
            after, is_open = tag.end(), False
        elif not is_open:
            kept.append(text[after : tag.start()])
            is_open = True
    return "".join(kept if is_open else [*kept, text[after:]])


def candidate_texts(reply: str) -> list[str]:
    """The text before the model goes on to write other turns, then the whole text."""
    text = strip_thinking(reply)
    own_turn = OTHER_TURN.split(text, maxsplit=1)[0].strip()
    return [own_turn, text] if own_turn and own_turn != text else [text]


def after_label(text: str, label: str) -> tuple[str, bool]:
    """The text after the last label that has some, and whether there was such a label."""
    mark = rf"[ \t*_#>`-]*+{label}[ \t]{{0,3}}\d{{0,4}}[ \t*_`]{{0,4}}[:\uff1a][*_`]*"
    first, *rest = re.split(rf"^(?:{mark})+", text, flags=re.IGNORECASE | re.MULTILINE)
    labelled = [part.strip() for part in rest if part.strip()]
    return (labelled[-1], True) if labelled else (first.strip(), False)


def before_next_label(text: str) -> str:
    """The text up to the label of another role's answer."""
    return LABEL.split(text, maxsplit=1)[0]


def labelled_answer(reply: str, label: str, names: tuple[str, ...]) -> str:
    """The answer under a label, or the one that JSON in the reply gives one of these names."""
    text, _ = after_label(candidate_texts(reply)[0], label)
    return json_field(text, names) or text


def sentences_of(text: str) -> list[str]:
    """The sentences of a line; the number that begins a list ends none."""
    return [sentence for sentence in SENTENCE_END.split(text) if sentence]


def distinct_sentences(line: str) -> list[str]:
    """The sentences of a line, each once: small models fall into loops."""
    return list(dict.fromkeys(sentences_of(line)))


def required(text: str, expected: str) -> str:
    """The text, unless it is empty."""
    if not text:
        raise UnusableReplyError(f"the reply was empty, expected {expected}")
    return text


def json_field(text: str, names: Sequence[str]) -> str | None:
    """The last value that JSON in the text gives one of these names, earlier names preferred."""
    found = None
    for value in _objects(text):
        try:
            found = _look_up(value, names) or found
        except RecursionError:
            continue
    return found


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects in a text, whatever stands around them."""
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
    end = 0
    for brace in islice(re.finditer(r"\{", text), OBJECTS_TRIED):
        if brace.start() < end:
            continue
        try:
            value, end = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            cut = UNFINISHED.fullmatch(text, brace.start())
            if not cut:
                continue
            value, end = {cut[1]: cut[2]}, len(text)  # blanks used up what the reply might have
        yield value


def _look_up(value: Any, names: Sequence[str]) -> str | None:
    if isinstance(value, str):
        inner = json_field(value, names) if value.lstrip().startswith("{") else None
        return inner or value.strip() or None
    if isinstance(value, list):
        return next(filter(None, (_look_up(part, names) for part in value)), None)
    if not isinstance(value, dict):
        return None
    by_name = {name.casefold(): part for name, part in value.items()}
    wanted = [by_name[name] for name in names if name in by_name]
    # none of them twice, or the look-up would double with every level
    nested = [
        part for name, part in by_name.items() if name not in names and isinstance(part, dict)
    ]
    return next(filter(None, (_look_up(part, names) for part in [*wanted, *nested])), None)
