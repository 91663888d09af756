"""The answer within a reply: without thinking aloud, marks of a chat format, play beyond it."""

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

REPLY_LIMIT = 20_000  # of a longer reply only the end is read
OBJECTS_TRIED = 20

THINKING = re.compile(r"<(think|thinking|reasoning)>.*?</\1>", re.DOTALL | re.IGNORECASE)
THINKING_BEFORE = re.compile(r"\A.*</(?:think|thinking|reasoning)>", re.DOTALL | re.IGNORECASE)
THINKING_AFTER = re.compile(r"<(?:think|thinking|reasoning)>.*\Z", re.DOTALL | re.IGNORECASE)
FINAL = re.compile(r"\A.*<\|channel\|>\s*final\s*<\|message\|>", re.DOTALL)
BAR = "[|\uff5c]"  # some models' marks have full-width bars
END = re.compile(
    rf"</s>|<end_of_turn>|<{BAR}(?:im_end|eot_id|endoftext|end|return|end.of.sentence){BAR}>"
)
MARK = re.compile(rf"<{BAR}[^<>\n]{{0,40}}{BAR}>|</?s>|<start_of_turn>|\[/?INST\]|</?answer>")
PLAYED_ON = re.compile(
    r"^[ \t*_#>-]*(?:Observation[ \t]{0,3}\d{0,4}[ \t*_]{0,4}[:\uff1a]|Your turn\b)",
    re.IGNORECASE | re.MULTILINE,
)
QUOTES: tuple[str, ...] = (
    '""',
    "''",
    "\u201c\u201d",
    "\u2018\u2019",
    "\u201e\u201c",
    "\u00ab\u00bb",
)
QUOTES += ("\u300a\u300b", "\u300e\u300f")


class UnusableReplyError(ValueError):
    """A reply that cannot be read; the message is shown to the model that gave it."""


def spoken(reply: str) -> str:
    """What a reply says to the one who asked; empty where all of it is thinking."""
    text = "".join(filter(_seen, reply[-REPLY_LIMIT:]))
    text = THINKING.sub("", FINAL.sub("", text))
    text = THINKING_AFTER.sub("", THINKING_BEFORE.sub("", text))
    said = [piece for piece in END.split(text) if piece.strip()]
    return MARK.sub("", said[0]).strip() if said else ""


def turns(reply: str) -> list[str]:
    """What was said before the model began to play the others too, then all that it said."""
    text = spoken(reply)
    before = PLAYED_ON.split(text, maxsplit=1)[0].strip()
    return [before, text] if before and before != text else [text]


def labelled(text: str, label: str) -> tuple[str, bool]:
    """What follows the last label that anything follows, and true; without one the whole text."""
    mark = rf"[ \t*_#>`-]*{label}[ \t]{{0,3}}\d{{0,4}}[ \t*_`]{{0,4}}[:\uff1a][*_`]*"
    first, *rest = re.split(rf"^(?:{mark})+", text, flags=re.IGNORECASE | re.MULTILINE)
    said = [part.strip() for part in rest if part.strip()]
    return (said[-1], True) if said else (first.strip(), False)


def answer(reply: str, label: str, names: tuple[str, ...]) -> str:
    """What a reply says under a label, or gives one of these names in JSON."""
    text, _ = labelled(turns(reply)[0], label)
    return field(text, names) or text


def some(text: str, expected: str) -> str:
    """The text; an empty one is of no use."""
    if not text:
        raise UnusableReplyError(f"the reply was empty, expected {expected}")
    return text


def field(text: str, names: Sequence[str]) -> str | None:
    """The last value that JSON in the text gives one of these names; the first name comes first."""
    found = None
    for thing in _objects(text):
        try:
            found = _look(thing, names) or found
        except RecursionError:
            continue
    return found


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    """The JSON objects in a text, whatever stands around them."""
    decoder = json.JSONDecoder(strict=False, parse_int=str, parse_float=str)
    after = 0
    for brace in islice(re.finditer(r"\{", text), OBJECTS_TRIED):
        if brace.start() < after:
            continue
        try:
            thing, after = decoder.raw_decode(text, brace.start())
        except (ValueError, RecursionError):
            continue
        yield thing


def _look(thing: Any, names: Sequence[str]) -> str | None:
    if isinstance(thing, str):
        inner = field(thing, names) if thing.lstrip().startswith("{") else None
        return inner or thing.strip() or None
    if isinstance(thing, list):
        return next(filter(None, (_look(part, names) for part in thing)), None)
    if not isinstance(thing, dict):
        return None
    by_name = {name.casefold(): value for name, value in thing.items()}
    wanted = [by_name[name] for name in names if name in by_name]
    nested = [value for value in by_name.values() if isinstance(value, dict)]
    return next(filter(None, (_look(value, names) for value in [*wanted, *nested])), None)


def _seen(character: str) -> bool:
    """No zero-width and direction marks, no halves of characters."""
    return unicodedata.category(character) not in ("Cf", "Cs")
