"""Parsing a Planner's reply."""

import re
from collections.abc import Sequence

from nodes.parsing.reply import before_next_label, distinct_sentences, labelled_answer, required
from simulator import plain

INLINE = re.compile(
    r"(?:^|\s)[*_`]*(?:Action|\u52a8\u4f5c|\u884c\u52a8)[ \t]{0,3}\d{0,4}[ \t*_`]{0,4}[:\uff1a]"
    r"[ \t*_`]*recommend|(?<![#\uff03])[#\uff03]{2,} ?Your turn\b",
    re.IGNORECASE,
)
HEADING = re.compile(r"(?:^|(?<=\s))[#\uff03]+\s+")
THOUGHT = "(?:Thought|\u601d\u8003|\u60f3\u6cd5)"
THOUGHT_LIMIT = 400


def parse_plan(reply: str) -> str:
    """The plan on one line, without its label and without turns that the model wrote for others.

    A long plan keeps its end, where the intention stands.
    """
    text = before_next_label(labelled_answer(reply, THOUGHT, ("thought", "plan")))
    text = HEADING.sub("", INLINE.split(plain(text, len(reply)), maxsplit=1)[0])
    text = _last(distinct_sentences(text), THOUGHT_LIMIT).lstrip("#\uff03 ")
    return required(text if re.search(r"\w", text) else "", "a plan in one or two sentences")


def _last(sentences: Sequence[str], limit: int) -> str:
    """As many whole sentences from the end as there is room for; else the end of the last one."""
    kept = ""
    for sentence in reversed(sentences):
        longer = f"{sentence} {kept}".rstrip()
        if len(longer) > limit:
            return kept or "\u2026" + sentence[1 - limit :].lstrip()
        kept = longer
    return kept
