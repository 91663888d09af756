"""The sentence of a plan that says what to show, by which the catalogue is searched."""

import re
from collections.abc import Sequence

from nodes.parsing.plan import THOUGHT_LIMIT
from nodes.parsing.reply import sentences_of
from simulator import plain

QUERY_LIMIT = 160
LABELLED = re.compile(r"\bnext\b[\s*_]{0,3}[:\uff1a]", re.IGNORECASE)  # as plans of prompts have it
SHOWS = re.compile(
    r"\b(?:(?:recommend|suggest|offer|explor|introduc|provid|giv|diversify|try|show)(?:e|ing)?"
    r"|stick with|switch(?:ing)? to|mov(?:e|ing) on to|focus(?:ing)? on)\b",
    re.IGNORECASE,
)
AVOIDS = re.compile(
    r"\b(?:avoid\w*|not|never|without|instead of|rather than|before|after)\b|n['\u2019]t\b",
    re.IGNORECASE,
)
COMING = re.compile(r"\b(?:next|should|would|will|shall|could|let|going to)\b", re.IGNORECASE)
QUOTED = re.compile(r'"([^"\n]{0,200})"|\u201c([^\u201c\u201d\n]{0,200})\u201d')
REACH = 30  # characters before a verb in which a negation means it


def said_to_show(thought: str) -> str:
    """The last sentence that says what to show; the whole plan where none does.

    A label comes first, then a verb of showing in the present, then any word of what is to come;
    plans mostly begin with a look back.
    """
    sentences = sentences_of(thought[-THOUGHT_LIMIT:])
    for says in (LABELLED.search, _shows, COMING.search):
        found = [(match.start(), one) for one in sentences if (match := says(one))]
        if found:
            start, sentence = found[-1]
            return plain(
                sentence if len(sentence) <= QUERY_LIMIT else sentence[start:], QUERY_LIMIT
            )
    return plain(thought, QUERY_LIMIT)


def with_quotes(thought: str, titles: Sequence[str]) -> str:
    """The plan with these titles in quotation marks, also where it names them without."""
    longest_first = sorted(filter(None, titles), key=len, reverse=True)
    if not longest_first:
        return thought
    title = "|".join(map(re.escape, longest_first))
    found = re.compile(rf"(?P<quoted>{QUOTED.pattern})|(?<!\w)(?:{title})(?!\w| \d)")
    return found.sub(lambda one: one[0] if one["quoted"] else f'"{one[0]}"', thought)


def titles_named(thought: str) -> list[str]:
    """What a plan has in quotation marks, in order."""
    named = (found[1] or found[2] for found in QUOTED.finditer(thought))
    return [title for title in named if title]


def _shows(sentence: str) -> re.Match[str] | None:
    """The first verb of showing that is not negated."""
    for verb in SHOWS.finditer(sentence):
        if not AVOIDS.search(sentence[max(0, verb.start() - REACH) : verb.start()]):
            return verb
    return None
