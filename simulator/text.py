"""Text from outside made harmless: one line, no control characters, no forged structure."""

import html
import unicodedata

TITLE_LIMIT = 160


def plain(text: str, limit: int) -> str:
    """One line of visible characters: entities unescaped, control and direction marks gone."""
    line, before = text[: 8 * limit], ""
    while line != before:  # an entity may hide another
        line, before = _one_line(html.unescape(line)), line
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _one_line(text: str) -> str:
    visible = "".join(_seen(character) for character in text)
    return " ".join(unicodedata.normalize("NFC", visible).split())


def _seen(character: str) -> str:
    """Direction and zero-width marks leave nothing, other unseen characters a space."""
    category = unicodedata.category(character)
    return "" if category == "Cf" else " " if category[0] in "CZ" else character


def clean_title(title: str) -> str:
    """A title as it is shown everywhere; empty when nothing of it is visible."""
    return plain(title, TITLE_LIMIT)
