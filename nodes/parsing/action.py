"""Reading which item an Actor recommends, in whatever form."""

import re

from nodes.parsing.reply import QUOTES, UnusableReplyError, answer, field, labelled, some, turns
from simulator import plain

OPENING = re.compile(
    r"recommend(?:\s{0,3}:?\s{0,3}(?P<square>[\[\uff3b\u3010])|(?P<round>[(\uff08\u300c]))",
    re.IGNORECASE,
)
CLOSING = {"[": "]", "\uff3b": "\uff3d", "\u3010": "\u3011"}
CLOSING |= {"(": ")", "\uff08": "\uff09", "\u300c": "\u300d"}
BETWEEN_OPTIONS = re.compile(r"[\s\d,;.)*\u2022-]*(?:\b(?:and|or)\b)?[\s*]*")
NAMED = re.compile(r"(?:title|item)\s?[:=]\s?(?=\S)", re.IGNORECASE)
AROUND_ANSWER = " \t\n*_`\"'>1.-"
ECHO = re.compile(
    r"[\W_]*(?:recommend[\W_]*)?(?:(?:the|an?|your|one|item|movie|game|book)[\W_]+)?"
    r"(?:title|item|name)"
    r"(?:[\W_]+(?:of|from)[\W_]+(?:the|an?)[\W_]+(?:item|movie|catalogue))?[\W_]*"
    r"|[\W_]*recommend[\W_]*",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"(?:i(?:['\u2019]m| am) (?:sorry|afraid|unable|not able)|as an ai|unfortunately|"
    r"sorry,? (?:but|i)|"
    r"i (?:cannot|can not|can['\u2019]t|will not|won['\u2019]t|do not|don['\u2019]t) "
    r"(?:help|recommend|assist|comply|provide|answer|find|continue|fulfil+))\b",
    re.IGNORECASE,
)
NEGATED = re.compile(
    r"(?:\b(?:not|never|avoid|cannot)|n['\u2019]t)\s+(?:\w+\s+)?[*_`\"']*\Z", re.IGNORECASE
)
NEGATION_READ = 60
ACTION_LABEL = re.compile(r"\bAction[ \t]{0,3}\d{0,4}[ \t*_`]{0,4}[:\uff1a]", re.IGNORECASE)
QUOTED = re.compile(  # and what prompts write after a title
    "|".join(rf"{pair[0]}([^{pair}]+){pair[1]}" for pair in QUOTES).join(
        ["(?:", r")\s*(?:\[[^\[\]]*\]?\s*)?(?:~\s?[\d.,]+\s*)?(?:,\s.*)?"]
    ),
    re.DOTALL,
)
LIST_OF_TITLES = re.compile(r"(?:```\w*\s*)?(?=\[\s*[\"'\u201c])")
OPTIONS_READ = 20
ITEM_NAMES = ("title", "item", "movie", "game", "book")
CALL_NAMES = ("action_input", "arguments", "parameters", "args", "input")
ACTION_NAMES = (*ITEM_NAMES, *CALL_NAMES, "action", "recommendation", "recommend", "answer", "name")
TITLE_LIMIT, BARE_LIMIT = 160, 80


def read_action(reply: str) -> str:
    """The title in recommend[title]; a bare title alone on one line is taken as well."""
    for turn in turns(reply):
        if title := _at_once(turn):
            return title
        text, _ = labelled(turn, "Action")
        told = field(text, ACTION_NAMES)
        title = _recommended(told or text) or ("" if told else _recommended(turn))
        if title:
            return title
    return _bare(answer(reply, "Action", ACTION_NAMES))


def _recommended(text: str) -> str:
    """The title that reasoning comes to; of a list at its end, the first is the best."""
    found = _openings(text)
    if not found:
        return ""
    options = [(match, _bracketed(text, match)) for match in found[-OPTIONS_READ:]]
    match, title = options.pop()
    for earlier, other in reversed(options):
        between = text[earlier.end() + len(other) + 1 : match.start()]
        if not BETWEEN_OPTIONS.fullmatch(between):
            break
        match, title = earlier, other
    return _title(title)


def _at_once(text: str) -> str:
    """The title recommended on a first line of its own.

    The prompt ends in the label, so a reply whose first line is a recommendation has answered, and
    what follows explains it.
    """
    if not (found := _openings(text)):
        return ""
    title = _bracketed(text, found[0])
    after = text[found[0].end() + len(title) + 1 :].partition("\n")[0]
    around = ACTION_LABEL.sub("", text[: found[0].start()]) + after
    return "" if around.strip(AROUND_ANSWER) else _title(title)


def _openings(text: str) -> list[re.Match[str]]:
    """Where something is recommended, and not advised against."""
    return [
        match
        for match in OPENING.finditer(text)
        if not NEGATED.search(text[max(0, match.start() - NEGATION_READ) : match.start()])
    ]


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
    """A title without its form: a short line by itself, or the first of a list."""
    text = text.strip()
    if listed := LIST_OF_TITLES.match(text):
        return _recommended("recommend" + text[listed.end() :])
    bare = text.strip("*_` ")
    unread = bare.startswith(("{", "[")) or bare.endswith(".") or REFUSAL.match(bare)
    if not bare or "\n" in bare or len(bare) > BARE_LIMIT or unread or OPENING.search(bare):
        raise UnusableReplyError("expected recommend[title], with one title from the catalogue")
    return _title(bare)


def _title(text: str) -> str:
    """A title as it was meant; prompts show titles in quotation marks."""
    text = text.strip()
    if named := NAMED.match(text):
        text = text[named.end() :].strip()
    if text.startswith("{"):
        text = field(text, ACTION_NAMES) or text
    title = plain(_unquoted(text), TITLE_LIMIT)
    return some("" if _echoes(title) else title, "recommend[title]")


def _echoes(title: str) -> bool:
    """Whether it is the form itself, not filled in."""
    return title in ("...", "\u2026") or bool(ECHO.fullmatch(title))


def _unquoted(text: str) -> str:
    """Without the quotation marks around all of it, and what a prompt writes after these."""
    if quoted := QUOTED.fullmatch(text):
        return str(quoted[quoted.lastindex or 0])
    if '"' in text.strip('"'):
        return text  # of a title that has some of its own
    return text.strip('"')
