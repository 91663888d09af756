"""Parsing a Reflector's reply, and removing item titles and instructions from it."""

import re
from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet

from nodes.catalogue.grounding import normalised
from nodes.parsing.reply import (
    QUOTES,
    SESSION_LINE,
    before_next_label,
    distinct_sentences,
    labelled_answer,
    required,
)
from simulator import plain

REFLECTION_LIMIT = 400
SHORTEST_TITLE = 4
LONGEST_TITLE = 12  # words
AN_ITEM = "an item"

COLON = r"[\s*_`]{0,3}[:\uff1a]"
ROLES = "System|Human|Assistant|User|Developer|Planner|Actor|Critic|Reflector|Observation"
INSTRUCTIONS = [
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
        SESSION_LINE.pattern,
        r"(?i)\b(?:new|following|these) instructions?\b|\byou are (?:now|an?|the)\b|\byour turn\b",
    )
]

WORD = re.compile(r"\w+(?:['\u2019]\w+)*")
YEAR = re.compile(r"\s?\((?:19|20)\d\d\)")
QUOTES_AROUND = (*QUOTES, "``", "[]", "\u300c\u300d", "\u3010\u3011")
SENTENCE_START = re.compile(r"(?:^|[.!?:;\u3002\uff1a])[\s\"'\u201c*_(-]*\Z")
LIST_CONTINUES = re.compile(r"\s?(?:,|and\b|or\b|&)\s[A-Z]")


def parse_reflection(reply: str) -> str:
    """The reflection on one line, without instructions to later readers."""
    text = before_next_label(labelled_answer(reply, "Reflection", ("reflection",)))
    return required(remove_instructions(text), "a reflection in two or three sentences")


def clean_reflection(text: str, titles: Sequence[str], names: AbstractSet[str]) -> str:
    """The reflection without instructions and titles; empty if nothing else is left."""
    return remove_titles(remove_instructions(text), titles, names)


def remove_instructions(text: str) -> str:
    """The text on one line, without sentences that address a model, or are said by the prompt."""
    lines = [plain(line, 2 * REFLECTION_LIMIT) for line in text.splitlines()]
    kept = " ".join(
        sentence
        for sentence in distinct_sentences(lines)
        if not any(p.search(sentence) for p in INSTRUCTIONS)
    )
    return plain(kept, REFLECTION_LIMIT) if any(map(str.isalpha, kept)) else ""


def remove_titles(text: str, titles: Collection[str], names: AbstractSet[str] = frozenset()) -> str:
    """The text with titles of the session and names of the catalogue replaced by "an item".

    Names are normalised titles. A name of one word, which may be a common word, is replaced only
    where it is written as a title.
    """
    text = _without_session_titles(text, titles)
    known = (names | {normalised(title) for title in titles}) - {""}
    words, pieces, after = list(WORD.finditer(text)), list[str](), 0
    for at, word in enumerate(words):
        if word.start() >= after and (end := _end_of_title(text, words, at, known)):
            start, stop = _with_quotes(text, word.start(), end)
            pieces += [text[after:start], AN_ITEM]
            after = stop
    return "".join([*pieces, text[after:]])


def _without_session_titles(text: str, titles: Collection[str]) -> str:
    """Replaces titles spelled as the session had them, wherever they stand."""
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
        if name in known and (" " in name or _is_written_as_title(text, start, last)):
            return last.end()
    return None


def _is_written_as_title(text: str, start: int, word: re.Match[str]) -> bool:
    """Whether a word is quoted, followed by a year, or capitalised within a sentence or a list."""
    if _with_quotes(text, start, word.end()) != (start, word.end()):
        return True
    if len(word[0]) < SHORTEST_TITLE or not word[0][0].isupper():
        return False
    starts_sentence = SENTENCE_START.search(text[: word.start()])
    return not starts_sentence or bool(LIST_CONTINUES.match(text, word.end()))


def _with_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """The span extended by a year and by the quotation marks around it."""
    if year := YEAR.match(text, end):
        end = year.end()
    if text[max(0, start - 1) : start] + text[end : end + 1] in QUOTES_AROUND:
        return start - 1, end + 1
    return start, end
