"""Parsing an Actor's reply: the title that it recommends."""

import re
from collections.abc import Callable

from nodes.parsing.nothing import names_nothing
from nodes.parsing.reply import (
    QUOTES,
    UnusableReplyError,
    after_label,
    candidate_texts,
    json_field,
    labelled_answer,
    required,
)
from simulator import clean_title

OPENING = re.compile(
    r"recommend(?:\s{0,3}:?\s{0,3}(?P<square>[\[\uff3b\u3010])|(?P<round>[(\uff08\u300c]))",
    re.IGNORECASE,
)
CLOSING = {"[": "]", "\uff3b": "\uff3d", "\u3010": "\u3011"}
CLOSING |= {"(": ")", "\uff08": "\uff09", "\u300c": "\u300d"}
SEPARATOR_MARKS = " \t\n\r0123456789,;.)*\u2022-"  # between the entries of a list
BRACKETS_LIMIT = 2000  # characters, far more than a title has
TITLE_FIELD = re.compile(r"(?:title|item)\s?[:=]\s?(?=\S)", re.IGNORECASE)
FIRST_LINE_EXTRAS = " \t\n*_`\"'>1.-"
NEGATED = re.compile(
    r"(?:\b(?:not|never|avoid|cannot)|n['\u2019]t)\s+(?:\w+\s+)?[*_`\"']*\Z", re.IGNORECASE
)
NEGATION_WINDOW = 60
ACTION_LABEL = re.compile(r"\bAction[ \t]{0,3}\d{0,4}[ \t*_`]{0,4}[:\uff1a]", re.IGNORECASE)
TOLD = re.compile(r" ?(?:\[[^\[\]]*\]? ?)?(?:~ ?[\d.,]+ ?)?(?:, .*)?")  # by prompts after a title
LIST_OF_TITLES = re.compile(r"(?:```\w*\s*)?(?=\[\s*[\"'\u201c])")
LISTED_TITLES = 20
ITEM_NAMES = ("title", "item", "movie", "game", "book")
CALL_NAMES = ("action_input", "arguments", "parameters", "args", "input")
ACTION_NAMES = (*ITEM_NAMES, *CALL_NAMES, "action", "recommendation", "recommend", "answer", "name")
BARE_LIMIT = 80
EXPECTED = "recommend[title], with one title from the catalogue"


def parse_action(reply: str, is_title: Callable[[str], bool] = lambda _: False) -> str:
    """The title in recommend[title], or a bare title alone on one line.

    Words like "Stop" are refused, unless `is_title` knows them as a title of the catalogue.
    """
    bare = labelled_answer(reply, "Action", ACTION_NAMES)
    title = _settled_on(reply) or _bare_title(bare, is_title)
    if names_nothing(title) and not is_title(title):
        raise UnusableReplyError(f"that names no item, expected {EXPECTED}")
    return title


def _settled_on(reply: str) -> str:
    """The title in recommend[title]; empty where there is none."""
    for candidate in candidate_texts(reply):
        if title := _on_first_line(candidate):
            return title
        text, _ = after_label(candidate, "Action")
        field = json_field(text, ACTION_NAMES)
        title = _recommended(field or text) or ("" if field else _recommended(candidate))
        if title:
            return title
    return ""


def _recommended(text: str) -> str:
    """The last title recommended, or the first of a list that stands last."""
    found = _openings(text)
    if not found:
        return ""
    options = [(match, _in_brackets(text, match)) for match in found[-LISTED_TITLES:]]
    match, title = options.pop()
    for earlier, other in reversed(options):
        between = text[earlier.end() + len(other) + 1 : match.start()]
        if between.strip(SEPARATOR_MARKS).lower() not in ("", "and", "or"):
            break
        match, title = earlier, other
    return _clean(title)


def _on_first_line(text: str) -> str:
    """The title if the first line is nothing but a recommendation.

    The prompt ends in the label, so such a line is the answer and the rest explains it.
    """
    if not (found := _openings(text)):
        return ""
    title = _in_brackets(text, found[0])
    after = text[found[0].end() + len(title) + 1 :].partition("\n")[0]
    around = ACTION_LABEL.sub("", text[: found[0].start()]) + after
    return "" if around.strip(FIRST_LINE_EXTRAS) else _clean(title)


def _openings(text: str) -> list[re.Match[str]]:
    """Every "recommend[" that is not negated."""
    return [
        match
        for match in OPENING.finditer(text)
        if not NEGATED.search(text[max(0, match.start() - NEGATION_WINDOW) : match.start()])
    ]


def _in_brackets(text: str, opened: re.Match[str]) -> str:
    """The text up to the matching bracket; titles may hold brackets of their own."""
    opening = opened["square"] or opened["round"]
    start, closing, depth = opened.end(), CLOSING[opening], 1
    text = text[: start + BRACKETS_LIMIT]
    for position in range(start, len(text)):
        depth += (text[position] == opening) - (text[position] == closing)
        if depth == 0:
            return text[start:position]
    return text[start:].partition(closing)[0].partition("\n")[0]


def _bare_title(text: str, is_title: Callable[[str], bool]) -> str:
    """A title without recommend[]: a short line alone, or the first of a JSON list."""
    text = text.strip()
    if listed := LIST_OF_TITLES.match(text):
        return _recommended("recommend" + text[listed.end() :])
    bare = text.strip("*_` ")
    if is_title(bare):
        return bare
    no_title = bare.startswith(("{", "[")) or bare.endswith(".")
    if not bare or "\n" in bare or len(bare) > BARE_LIMIT or no_title or OPENING.search(bare):
        raise UnusableReplyError(f"expected {EXPECTED}")
    return _clean(bare)


def _clean(text: str) -> str:
    """The title without quotation marks, field names and JSON around it."""
    text = text.strip()
    if named := TITLE_FIELD.match(text):
        text = text[named.end() :].strip()
    if text.startswith("{"):
        text = json_field(text, ACTION_NAMES) or text
    return required(clean_title(_unquoted(text)), "recommend[title]")


def _unquoted(text: str) -> str:
    """The title within quotation marks, without the genres and rating that prompts tell of it."""
    for pair in QUOTES:
        if text.startswith(pair[0]):
            title, end, told = text[1:].partition(pair[1])
            if end and title and pair[0] not in title and TOLD.fullmatch(" ".join(told.split())):
                return title
    if '"' in text.strip('"'):
        return text  # the title has quotation marks of its own
    return text.strip('"')
