"""Parsing a Reflector's reply: the fields of its form, and nothing else.

All that is read are genres of the catalogue, a number and a reason, whatever else a reply says.
Its words are kept as a note for people. Each step reads a bounded text once.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Literal, get_args

from nodes.parsing.reply import (
    UnusableReplyError,
    before_next_label,
    candidate_texts,
    labelled_answer,
)
from nodes.state import ReflectionFields, Why
from simulator import plain

NOTE_LIMIT = 400
READ = 2000  # characters of an answer
MOST_GENRES = 3  # of a field
LONGEST_REST = 20  # rounds
A_RANGE = 2  # numbers; a longer list of them names no rest

Name = Literal["why", "genres", "rest", "show", "avoid"]
LABEL = re.compile(rf"\b({'|'.join(get_args(Name))})\b[*_`\"' ]{{0,4}}[:\uff1a=]", re.IGNORECASE)
WORD = re.compile(r"[^\W_]+")
PLACEHOLDER = re.compile(r"<[^<>]{0,40}>")
NUMBER = re.compile(r"(?<![\w.,-])[0-9]{1,2}(?!\w|[.,][0-9])")
ROUNDS = re.compile(rf"{NUMBER.pattern}(?= (?:or more )?rounds?\b)", re.IGNORECASE)
SENTENCE = re.compile(r"[.!?;\n\u3002\uff01\uff1f]")

REASONS: Mapping[Why, Collection[str]] = {
    "bored": {"bored", "boring", "boredom", "tired", "alike", "repetitive"},
    "displeased": {"displeased", "dislike", "disliked", "dislikes", "hated", "disappointed"},
    "stayed": {"stayed", "stay", "kept", "still"},
}
NOT, LIKED = {"not", "didn", "don", "doesn", "never"}, {"like", "liked", "enjoy", "enjoyed"}
RESTING = {"rest", "rests", "wait", "pause", "again", "apart", "between", "before"}
AVOIDING = {"avoid", "stop", "without"}
SHOWING = {"show", "next", "prefer", "offer", "recommend", "like", "likes", "liked", "enjoyed"}

Genres = Mapping[tuple[str, ...], str]  # by their words


def reflection_text(reply: str) -> str:
    """The Reflector's answer, without thinking and turns of others; a form with what is around."""
    form = candidate_texts(reply)[0][:READ]
    if labelled_values(form):
        return form  # small models fill it in and then go on under the label
    return before_next_label(labelled_answer(reply, "Reflection", ("reflection",)))[:READ]


def parse_reflection(text: str, genres: Iterable[str]) -> ReflectionFields:
    """The fields that an answer fills in; of free text, those that it can be reduced to."""
    by_words = {tuple(_words(genre)): genre for genre in genres}
    values = labelled_values(text)
    found = _of_lines(text, values, by_words) if values else _of_words(text, by_words)
    gives_reason = bool(_words(values.get("why", "")) if values else _reasons(_words(text)))
    named = found["genres"] or found["show"] or found["avoid"]
    if not (gives_reason or named or found["rest"] is not None):
        raise UnusableReplyError("expected the lines Why:, Genres:, Rest:, Show: and Avoid:")
    return found


def labelled_values(text: str) -> dict[str, str]:
    """What follows each label of the form, on lines of their own or as names of JSON."""
    text = PLACEHOLDER.sub("", text)  # what was not filled in
    marks, values = list(LABEL.finditer(text)), dict[str, str]()
    ends = [*(mark.start() for mark in marks[1:]), len(text)]
    for mark, end in zip(marks, ends, strict=False):
        value = text[mark.end() : end].strip(" \t\n*_`\"'")
        value = value.partition("]" if value.startswith("[") else "\n")[0]
        if _words(value):
            values.setdefault(mark[1].casefold(), value)
    return values


def no_fields(text: str) -> ReflectionFields:
    """The fields of an answer that fills in none."""
    return _fields(text)


def _fields(
    text: str,
    why: Why = "unknown",
    genres: Sequence[str] = (),
    rest: int | None = None,
    show: Sequence[str] = (),
    avoid: Sequence[str] = (),
) -> ReflectionFields:
    return ReflectionFields(
        why=why,
        genres=list(genres[:MOST_GENRES]),
        rest=rest,
        show=[genre for genre in show if genre not in avoid][:MOST_GENRES],
        avoid=list(avoid[:MOST_GENRES]),
        note=plain(text, NOTE_LIMIT),
    )


def _of_lines(text: str, values: Mapping[str, str], genres: Genres) -> ReflectionFields:
    """The fields as their labels give them."""
    about, show, avoid = (
        _genres_in(_words(values.get(name, "")), genres) for name in ("genres", "show", "avoid")
    )
    numbers = list(NUMBER.finditer(values.get("rest", "")))
    rest = _rest(numbers[0]) if 0 < len(numbers) <= A_RANGE else None
    return _fields(text, _reason(_words(values.get("why", ""))), about, rest, show, avoid)


def _of_words(text: str, genres: Genres) -> ReflectionFields:
    """The genres by what their sentence says of them, and a number of rounds said of a rest."""
    about, show, avoid = dict[str, None](), dict[str, None](), dict[str, None]()
    rest: int | None = None
    for sentence in SENTENCE.split(text):
        words = _words(sentence)
        said, complains = set(words), bool(_reasons(words) - {"stayed"})
        kept = avoid if said & AVOIDING else show if said & SHOWING and not complains else about
        kept |= dict.fromkeys(_genres_in(words, genres))
        if rest is None and said & RESTING:
            rest = _rest(ROUNDS.search(sentence))
    return _fields(text, _reason(_words(text)), [*about], rest, [*show], [*avoid])


def _words(text: str) -> list[str]:
    return WORD.findall(text.casefold())


def _reasons(words: Sequence[str]) -> set[Why]:
    """The reasons that words give."""
    said = set(words)
    found = {why for why, names in REASONS.items() if said & set(names)}
    return found | ({"displeased"} if said & NOT and said & LIKED else set())


def _reason(words: Sequence[str]) -> Why:
    """The only reason; two of them, as the question has them, say nothing."""
    found = _reasons(words)
    return found.pop() if len(found) == 1 else "unknown"


def _rest(number: re.Match[str] | None) -> int | None:
    return int(number[0]) if number and int(number[0]) <= LONGEST_REST else None


def _genres_in(words: Sequence[str], genres: Genres) -> list[str]:
    """The genres that words name, each once; of names within names the longest."""
    longest, found, at = max(map(len, genres), default=0), dict[str, None](), 0
    while at < len(words):
        lengths = range(min(longest, len(words) - at), 0, -1)
        length = next((n for n in lengths if _genre(words[at : at + n], genres)), 0)
        if genre := _genre(words[at : at + length], genres):
            found[genre] = None
        at += max(length, 1)
    return list(found)


def _genre(words: Sequence[str], genres: Genres) -> str | None:
    """The genre of these words, also in the plural."""
    if not words:
        return None
    *first, last = words
    forms = (last, last.removesuffix("s"), last.removesuffix("es"))
    return next((genre for form in forms if (genre := genres.get((*first, form)))), None)
