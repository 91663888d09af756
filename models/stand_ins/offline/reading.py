"""What a prompt holds, as the stand-in reads it."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

ITEM = re.compile(r'"([^"]*)" \[([^\[\]]*)\](?: ~(\d\.\d))?')
ROUND = re.compile(r'\d+\. shown "([^"]*)" \[([^\[\]]*)\] \| (?:rated (\d\.\d)|the user left)')
IN_BRIEF = re.compile(r"Rounds 1 to (\d{1,4}), in brief: rated (\d\.\d) on average\. (.*)")
RATED = re.compile(r"(.+) (\d\.\d) \((\d{1,4})\)")


@dataclass(frozen=True)
class Shown:
    """One round as the prompt tells it; no rating means that the user left."""

    title: str
    genres: tuple[str, ...]
    rating: float | None


@dataclass(frozen=True)
class Brief:
    """The rounds that the prompt tells in one line: how many they are, and how they were rated.

    Of a genre it has the mean rating and the number of rounds.
    """

    rounds: int = 0
    rating: float = 0.0
    genres: Mapping[str, tuple[float, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Dice:
    """Chance that depends on seed and prompt alone."""

    seed: int
    prompt: str

    def roll(self, salt: str = "") -> float:
        """A number from 0 to 1."""
        text = f"{self.seed}\0{self.prompt}\0{salt}".encode()
        digest = hashlib.blake2b(text, digest_size=8).digest()
        return int.from_bytes(digest, "big") / 2**64


def text_under(prompt: str, heading: str) -> str:
    """The text under the last heading that starts so."""
    found = re.findall(rf"^## {heading}[^\n]*\n(.*?)(?=^## |\Z)", prompt, re.MULTILINE | re.DOTALL)
    return found[-1] if found else ""


def items(text: str) -> list[Shown]:
    """The items that a text names, with their genres and expected ratings."""
    return [as_shown(*found) for found in ITEM.findall(text)]


def rounds(prompt: str) -> list[Shown]:
    """The rounds of the session."""
    lines = text_under(prompt, "This session").splitlines()
    return [as_shown(*told.groups()) for line in lines if (told := ROUND.fullmatch(line))]


def brief(prompt: str) -> Brief:
    """The oldest rounds of the session, once they are told in brief."""
    first, _, _ = text_under(prompt, "This session").partition("\n")
    if not (told := IN_BRIEF.fullmatch(first)):
        return Brief()
    parts = [RATED.fullmatch(part) for part in told[3].rstrip(".").split(", ")]
    genres = {one[1]: (float(one[2]), int(one[3])) for one in parts if one}
    return Brief(int(told[1]), float(told[2]), genres)


def as_shown(title: str, genres: str, rating: str | None) -> Shown:
    """An item as a line of a prompt tells it."""
    return Shown(title, genres_of(genres), float(rating) if rating else None)


def genres_of(text: str) -> tuple[str, ...]:
    """The genres that stand between brackets."""
    return tuple(genre.strip() for genre in text.split(",") if genre.strip())
