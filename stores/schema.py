"""What a row of each memory may hold; it is checked wherever rows come in.

Rows come from commits, imports, journals and Chroma. Those of a commit are this program's own, so a
bad one is an error; of the others a bad one may be anything, and is refused or skipped.
"""

import json
import sys
import warnings
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from stores.errors import StoreError
from stores.rows import ENTRY_LIMIT, Lessons, MemoryName, Row

TEXT_LIMIT = 20_000  # characters of a text, a situation, a note or the fields
KEY_LIMIT = 1_000  # characters of a key, an episode, a user or a place
ENTRIES_LIMIT = 2 * ENTRY_LIMIT  # facts and uses
LATEST = 2**63 - 1  # as Chroma stores stamps
LARGEST = sys.float_info.max  # of a fact that evidence is made of, which bounds it again
LARGEST_REWARD = 1e6  # of a session; its square has to be a number too
LARGEST_TARGET = 500.0  # the best rating for ever, at the largest gamma of 0.99
LARGEST_LENGTH = 1_000_000  # rounds of a session

NOT_A_RECORD = (
    ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError,
)  # fmt: skip


class BadRowError(StoreError):
    """A row that its memory may not hold; the message says what is wrong with it."""


def check_row(name: MemoryName, row: Row) -> None:
    """Raises `BadRowError` unless a memory may hold this row, whatever its parts are."""
    _check_text("the text", row.text)
    if row.situation is not None:
        _check_text("the situation", row.situation)
    if row.fields is not None:
        _check_fields(name, row.fields)
    _check_whole("touched", row.touched, LATEST)
    if not isinstance(row.entries, Mapping):
        raise BadRowError(f"its entries are no facts by key but {_shown(row.entries)}")
    if not 0 < len(row.entries) <= ENTRIES_LIMIT:
        raise BadRowError(f"it has {len(row.entries)} entries, not 1 to {ENTRIES_LIMIT}")
    for key, entry in row.entries.items():
        _check_text("a key", key, KEY_LIMIT)
        if not isinstance(entry, Mapping):
            raise BadRowError(f"the entry {_shown(key)} is no facts by name but {_shown(entry)}")
        try:
            _check_entry(name, key, entry)
        except BadRowError as error:
            raise BadRowError(f"in the entry {_shown(key)}, {error}") from None


def check_lessons(lessons: Lessons) -> None:
    """Raises `BadRowError` if one of an episode's rows, or its name, time or return is bad."""
    _check_text("the episode", lessons.episode, KEY_LIMIT)
    _check_whole("at", lessons.at, LATEST)
    if lessons.reward is not None:
        _check_reward("the reward", lessons.reward)
    for name, rows in lessons.rows.items():
        for row in rows:
            try:
                check_row(name, row)
            except BadRowError as error:
                raise BadRowError(
                    f"episode {_shown(lessons.episode)} teaches a bad row of the {name}: {error}"
                ) from None


class Skipped:
    """Counts the bad rows of a place, and says so once for each memory."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._told = set[MemoryName]()
        self._found = Counter[MemoryName]()
        self._why = dict[MemoryName, str]()

    def add(self, name: MemoryName, why: Exception) -> None:
        """Notes a bad row."""
        self._found[name] += 1
        self._why.setdefault(name, str(why))

    def tell(self) -> None:
        """Warns of what was found in memories of which nothing has been said yet."""
        for name, count in self._found.items():
            if name not in self._told:
                self._told.add(name)
                warnings.warn(
                    f"{self._place} holds {count} bad row{'s' * (count > 1)} of the {name}, skipped"
                    f" (the first: {self._why[name]})",
                    stacklevel=3,
                )


def _check_entry(name: MemoryName, key: str, entry: Mapping[str, Any]) -> None:
    known = {**COMMON, **FACTS[name]}
    for needed in ("at", *NEEDED[name]):
        if needed not in entry:
            raise BadRowError(f"{needed!r} is missing")
    for fact, value in entry.items():
        _check_text("the name of a fact", fact, KEY_LIMIT)
        known.get(fact, _check_number)(_shown(fact), value)


def _check_fields(name: MemoryName, fields: object) -> None:
    if name != "reflections" or not isinstance(fields, Mapping):
        raise BadRowError("only a reflection has fields, each under a name")
    try:
        _check_text("the fields", json.dumps(dict(fields), allow_nan=False, ensure_ascii=False))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadRowError("its fields hold what no file can") from error


def _check_text(what: str, text: object, limit: int = TEXT_LIMIT) -> None:
    if not isinstance(text, str):
        raise BadRowError(f"{what} is no text but {_shown(text)}")
    if len(text) > limit:
        raise BadRowError(f"{what} has {len(text)} characters, more than {limit}")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadRowError(f"{what} holds half a character: {_shown(text)}") from None


def _check_key_text(what: str, text: object) -> None:
    _check_text(what, text, KEY_LIMIT)


def _check_user(what: str, user: object) -> None:
    if type(user) is not int:
        _check_text(what, user, KEY_LIMIT)
    elif not abs(user) <= LATEST:
        raise BadRowError(f"{what} is no user but {_shown(user)}")


def _check_whole(what: str, number: object, most: int) -> None:
    if type(number) is not int or not 0 <= number <= most:
        raise BadRowError(f"{what} is no whole number from 0 to {most} but {_shown(number)}")


def _check_number(
    what: str, number: object, least: float = -LARGEST, most: float = LARGEST
) -> None:
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise BadRowError(f"{what} is no number but {_shown(number)}")
    if not least <= number <= most:  # false for a number that is none
        raise BadRowError(f"{what} is no number from {least:g} to {most:g} but {_shown(number)}")


def _check_reward(what: str, reward: object) -> None:
    _check_number(what, reward, -LARGEST_REWARD, LARGEST_REWARD)


def _check_flag(what: str, flag: object) -> None:
    _check_whole(what, flag, 1)


def _shown(value: object) -> str:
    """A value for a message, on one line and not long."""
    text = ascii(value) if isinstance(value, str | int | float | bool) else type(value).__name__
    return text if len(text) <= 60 else f"{text[:60]}…"


Check = Callable[[str, object], None]
COMMON: Mapping[str, Check] = {
    "at": lambda what, at: _check_whole(what, at, LATEST),
    "episode": _check_key_text,
    "user": _check_user,
}
FACTS: Mapping[MemoryName, Mapping[str, Check]] = {
    "reflections": {
        "length": lambda what, length: _check_whole(what, length, LARGEST_LENGTH),
        "reward": _check_reward,
        "note": _check_text,
    },
    "experiences": {"verdict": _check_flag, "stayed": _check_flag, "place": _check_key_text},
    "values": {"target": lambda what, target: _check_number(what, target, 0.0, LARGEST_TARGET)},
}
NEEDED: Mapping[MemoryName, tuple[str, ...]] = {
    "reflections": (),
    "experiences": ("verdict",),
    "values": ("target",),
}
