"""Sanitises foreign text: one line, no control characters, no forged structure; and plurals."""

import html
import unicodedata

TITLE_LIMIT = 160
UNESCAPED = 8  # rounds for nested entities; remaining ampersands are removed
MARKS_KEPT = 4  # combining marks per letter: no language has more
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that show nothing
JOINER = "\u034f"


def plain(text: str, limit: int) -> str:
    """One line of visible characters: entities unescaped, control and direction marks gone."""
    line = _unescaped(text[: 8 * limit])
    if all(unicodedata.category(character)[0] in "MZ" for character in line):
        return ""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def unescape(text: str) -> str:
    """The text without HTML entities; numbers too long for Python to read are not entities."""
    try:
        return html.unescape(text)
    except ValueError:
        return text.replace("&#", " ")


def _unescaped(text: str) -> str:
    """One line without HTML entities, which may be nested."""
    for _ in range(UNESCAPED):
        line = _one_line(unescape(text))
        if line == text:
            return line
        text = line
    return _one_line(text.replace("&", " "))


def _one_line(text: str) -> str:
    if text.isascii() and text.isprintable():  # nothing to remove, and most texts are
        return " ".join(text.split())
    line = text.translate({ord(character): _visible(character) for character in set(text)})
    # few marks first: sorting a long run of them takes quadratic time
    line = _few_marks(unicodedata.normalize("NFC", _few_marks(line)))
    return " ".join(line.split())


def _visible(character: str) -> str:
    """Removes direction and zero-width marks, replaces other invisible characters by a space."""
    category = unicodedata.category(character)
    if category == "Cf" or character == JOINER:
        return ""
    return " " if category[0] in "CZ" or character in FILLERS else character


def _few_marks(text: str) -> str:
    """Drops combining marks stacked on a letter, which would cover other lines."""
    stacked = {character for character in set(text) if _is_mark(character)}
    if not stacked:
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if character in stacked else 0
        if marks <= MARKS_KEPT:
            kept.append(character)
    return "".join(kept)


def _is_mark(character: str) -> bool:
    return unicodedata.combining(character) > 0 or unicodedata.category(character) in ("Mn", "Me")


def clean_title(title: str) -> str:
    """A title as shown everywhere; empty if nothing of it is visible."""
    return plain(title, TITLE_LIMIT)


def plural(count: int, noun: str) -> str:
    """`1 line`, `1,200 lines`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
