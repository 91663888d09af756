"""Text from outside made harmless: one line, no control characters, no forged structure."""

import html
import unicodedata

TITLE_LIMIT = 160


def plain(text: str, limit: int) -> str:
    """One line of visible characters: entities unescaped, control and direction marks gone."""
    raw = html.unescape(text[: 8 * limit])
    visible = "".join(c if not unicodedata.category(c).startswith(("C", "Z")) else " " for c in raw)
    line = " ".join(unicodedata.normalize("NFC", visible).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def clean_title(title: str) -> str:
    """A title as it is shown everywhere; empty when nothing of it is visible."""
    return plain(title, TITLE_LIMIT)
