"""Escaping of text from logs and chat models for HTML, scripts and CSV."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

# Control characters, marks that turn the direction of writing, and what no XML may hold.
UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
HALF_A_PAIR = re.compile("[\ud800-\udfff]")
IN_SCRIPT = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}
FORMULA = ("=", "+", "-", "@", "\t", "\r")
ASSETS = Path(__file__).parent / "assets"


class Html(str):
    """Markup, which is not escaped again; any other text is."""

    __slots__ = ()


Attribute = str | int | float | bool | None


def visible(text: str) -> str:
    """The text without control characters and halves of surrogate pairs; lines stay lines."""
    return HALF_A_PAIR.sub("\ufffd", UNSEEN.sub("", text))


def tag(name: str, /, *children: object, **attributes: Attribute) -> Html:
    """An element; `aria_label` becomes `aria-label`, `class_` becomes `class`."""
    parts = [name]
    for key, value in attributes.items():
        label = key.rstrip("_").replace("_", "-")
        if value is True:
            parts.append(label)
        elif value is not None and value is not False:
            parts.append(f'{label}="{_escaped(value)}"')
    inner = "".join(map(_escaped, children))
    start = " ".join(parts)
    return Html(f"<{start}>" if name in VOID else f"<{start}>{inner}</{name}>")


VOID = frozenset({"input", "meta", "br"})


def joined(parts: Sequence[object], between: str = "") -> Html:
    """Pieces of a page one after the other."""
    return Html(_escaped(between).join(map(_escaped, parts)))


def _escaped(part: object) -> str:
    return part if isinstance(part, Html) else escape(visible(str(part)), quote=True)


def own_markup(name: str) -> Html:
    """A file of markup that lies beside this one; indentation is not part of the page."""
    lines = (ASSETS / name).read_text(encoding="utf-8").splitlines()
    return Html("".join(map(str.strip, lines)))


def script_json(value: Any) -> Html:
    """JSON that is safe inside a script element."""
    text = json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))
    return Html(text.translate(IN_SCRIPT))


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {visible(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def csv_cell(value: object) -> object:
    """A cell that no spreadsheet takes for a formula."""
    if not isinstance(value, str):
        return value
    text = visible(value)
    return "'" + text if text.lstrip(" \n").startswith(FORMULA) else text


def shortened(text: str, limit: int) -> str:
    """The text, or its beginning and how much is missing."""
    if len(text) <= limit:
        return text
    return f"{text[:limit].rstrip()} … ({len(text) - limit} more characters)"
