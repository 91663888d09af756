"""Parsing an Actor's reply that chooses among numbered candidates."""

import re
from collections.abc import Callable

from nodes.parsing.action import parse_action
from nodes.parsing.reply import UnusableReplyError, after_label, candidate_texts, json_field

NAMES = ("number", "choice", "candidate", "action", "item", "recommend", "answer")
NUMBER = re.compile(
    r"\W*(?:recommend\W*)?(?:(?:candidate|number|item|option|no)\b\W*)?(\d{1,4})(?![\w.]*\w)"
    r"(?=\W*(?:$|\n)|[\])]|[.:]?\s+[\"\u201c])",
    re.IGNORECASE,
)


def parse_choice(
    reply: str, count: int, is_title: Callable[[str], bool] = lambda _: False
) -> int | str:
    """The number of a candidate, from 1 to `count`, or the title of an item."""
    for text in candidate_texts(reply):
        answer, _ = after_label(text, "Action")
        chosen = NUMBER.match(json_field(answer, NAMES) or answer)
        if chosen:
            number = int(chosen[1])
            if 1 <= number <= count:
                return number
            raise UnusableReplyError(f"there is no candidate {number}: expected 1 to {count}")
    try:
        return parse_action(reply, is_title)
    except UnusableReplyError:
        expected = f"expected the number of a candidate, from 1 to {count}"
        raise UnusableReplyError(expected) from None
