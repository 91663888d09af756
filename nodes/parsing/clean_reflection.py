"""What a reflection may say: neither items' names nor what passes for an order or a role."""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet

from nodes.catalogue.grounding import normalised
from nodes.parsing.reply import QUOTES
from simulator import plain

REFLECTION_LIMIT = 400
SHORTEST_TITLE = 4
LONGEST_TITLE = 12  # words
AN_ITEM = "an item"

SENTENCE_END = re.compile(r"(?<=[.!?])\s+|(?<=[\u3002\uff01\uff1f])\s*")
COLON = r"[\s*_`]{0,3}[:\uff1a]"
ROLES = "System|Human|Assistant|User|Developer|Planner|Actor|Critic|Reflector|Observation"
ORDERS = [
    re.compile(pattern)
    for pattern in (
        rf"\b(?:{ROLES})\s?\d{{0,4}}{COLON}",
        rf"(?i)^[\s*_>`-]*(?:{ROLES}|Action|Thought|Value|Instructions?)\s?\d{{0,4}}{COLON}",
        r"(?i)^[\s*_>`-]*(?:system|human|assistant|user)[\s*_`]*$",
        r"(?i)recommend\s{0,3}[:\uff1a]?\s{0,3}[\[\uff3b\u3010]",
        r"[#\uff03]{2}|(?:^|\s)[#\uff03]\s",
        r"(?i)<[|\uff5c]|[|\uff5c]>|</?s>|\[/?INST\]|<</?SYS|<(?:start|end)_of_turn>",
        r"(?i)\b(?:ignor|disregard|forget|overrid|overlook)\w*\b.{0,60}?"
        r"\b(?:instruct\w*|prompts?|rules?|guidelines?|commands?|everything|all of th(?:is|at))\b",
        r"(?i)\b(?:new|following|these) instructions?\b|\byou are (?:now|an?|the)\b|\byour turn\b",
    )
]

WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
YEAR = re.compile(r"\s?\((?:19|20)\d\d\)")
MARKED = (*QUOTES, "``", "[]", "\u300c\u300d", "\u3010\u3011")
STARTS = re.compile(r"(?:^|[.!?:;\u3002\uff1a])[\s\"'\u201c*_(-]*\Z")
LISTED = re.compile(r"\s?(?:,|and\b|or\b|&)\s[A-Z]")


def principle(text: str, titles: Sequence[str], names: AbstractSet[str]) -> str:
    """A reflection as it may be stored; empty where nothing of it may be."""
    return without_titles(without_orders(text), titles, names)


def without_orders(text: str) -> str:
    """The text on one line, without the sentences that speak to a model or as another role."""
    lines = [plain(line, 2 * REFLECTION_LIMIT) for line in text.splitlines()]
    sentences = [sentence for line in lines for sentence in SENTENCE_END.split(line)]
    kept = " ".join(sentence for sentence in sentences if sentence and not _orders(sentence))
    return plain(kept, REFLECTION_LIMIT) if any(map(str.isalpha, kept)) else ""


def without_titles(
    text: str, titles: Collection[str], names: AbstractSet[str] = frozenset()
) -> str:
    """The text with these titles and names replaced, so that a principle suits other items too.

    Names are normalised titles of the catalogue. One of a single word counts only where it is
    written as a title, for it may be a common word.
    """
    text = _without_session(text, titles)
    known = (names | {normalised(title) for title in titles}) - {""}
    words, pieces, after = list(WORD.finditer(text)), list[str](), 0
    for at, word in enumerate(words):
        if word.start() >= after and (end := _end_of_title(text, words, at, known)):
            start, stop = _with_quotes(text, word.start(), end)
            pieces += [text[after:start], AN_ITEM]
            after = stop
    return "".join([*pieces, text[after:]])


def _orders(sentence: str) -> bool:
    return any(order.search(sentence) for order in ORDERS)


def _without_session(text: str, titles: Collection[str]) -> str:
    """Without titles as the session had them; these are replaced wherever they stand."""
    for title in sorted(set(titles), key=len, reverse=True):
        if len(title) >= SHORTEST_TITLE:
            name = rf"(?<!\w)[\"'“]?{re.escape(title)}[\"'”]?(?!\w)"
            case = re.IGNORECASE if " " in title else re.NOFLAG  # one word may be a common one
            text = re.sub(name, AN_ITEM, text, flags=case)
    return text


def _end_of_title(
    text: str, words: Sequence[re.Match[str]], at: int, known: AbstractSet[str]
) -> int | None:
    """Where the longest title ends that begins at this word."""
    start = words[at].start()
    for last in reversed(words[at : at + LONGEST_TITLE]):
        name = normalised(text[start : last.end()])
        if name in known and (" " in name or _as_title(text, start, last)):
            return last.end()
    return None


def _as_title(text: str, start: int, word: re.Match[str]) -> bool:
    """Whether a name of one word is written as one: in quotes, with a year, or capitalised."""
    if _with_quotes(text, start, word.end()) != (start, word.end()):
        return True
    if len(word[0]) < SHORTEST_TITLE or not word[0][0].isupper():
        return False
    first = STARTS.search(text[: word.start()])
    return not first or bool(LISTED.match(text, word.end()))


def _with_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """The span with its year, and with the quotation marks around it."""
    if year := YEAR.match(text, end):
        end = year.end()
    if text[max(0, start - 1) : start] + text[end : end + 1] in MARKED:
        return start - 1, end + 1
    return start, end
