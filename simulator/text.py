"""Text from outside made harmless: one line, no control characters, no forged structure."""

import html
import unicodedata

TITLE_LIMIT = 160
UNESCAPED = 8  # times, for entities within entities; what then is left of them is cut
MARKS_KEPT = 4  # on one letter: no language has more
FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and symbols that show nothing
JOINER = "\u034f"


def plain(text: str, limit: int) -> str:
    """One line of visible characters: entities unescaped, control and direction marks gone."""
    line = _unescaped(text[: 8 * limit])
    if all(unicodedata.category(character)[0] in "MZ" for character in line):
        return ""
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _unescaped(text: str) -> str:
    """One line without entities; one may hide another."""
    for _ in range(UNESCAPED):
        line = _one_line(html.unescape(text))
        if line == text:
            return line
        text = line
    return _one_line(text.replace("&", " "))


def _one_line(text: str) -> str:
    visible = "".join(_seen(character) for character in text)
    return " ".join(_few_marks(unicodedata.normalize("NFC", visible)).split())


def _seen(character: str) -> str:
    """Direction and zero-width marks leave nothing, other unseen characters a space."""
    category = unicodedata.category(character)
    if category == "Cf" or character == JOINER:
        return ""
    return " " if category[0] in "CZ" or character in FILLERS else character


def _few_marks(text: str) -> str:
    """Text without the marks that pile up on a letter until they cover other lines."""
    if text.isascii():
        return text
    kept, marks = [], 0
    for character in text:
        marks = marks + 1 if unicodedata.category(character) in ("Mn", "Me") else 0
        if marks <= MARKS_KEPT:
            kept.append(character)
    return "".join(kept)


def clean_title(title: str) -> str:
    """A title as it is shown everywhere; empty when nothing of it is visible."""
    return plain(title, TITLE_LIMIT)
