"""Grounding: the catalogue's item that a reply means (Eq. 11)."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from nodes.catalogue.nearest import nearest
from nodes.catalogue.search import LazyVectors
from nodes.catalogue.spellings import Spellings
from simulator import Catalogue
from simulator.text import unescape
from stores import Embedder

Found = Literal["number", "exact", "normalised", "fuzzy", "nearest"]

MARKS = re.compile(r"[™®©℠]|\((?:tm|r|c)\)", re.IGNORECASE)
YEAR = re.compile(r"\((?:19|20)\d\d\)")
APOSTROPHES = re.compile("['`\u2018\u2019\u00b4]")
NOT_WORD = re.compile(r"[\W_]+")
TOLD = re.compile(
    r"(?:\s?~\s?[1-5](?:[.,]\d{1,4})?)?(?:, like round \d{1,4})?"
    r"(?:: \d{1,3}% stayed(?:, [+-]?\d[\d.]{0,6})?)?\Z"
)
GENRES = re.compile(r"\s?\[[^\[\]]*\]\Z")
LONGEST_NAME = 400  # characters; a plan may stand for a title
ARTICLES = {"the", "a", "an"}


def normalised(title: str) -> str:
    """A title without case, marks, accents, articles and years, which models spell differently."""
    text = YEAR.sub(" ", MARKS.sub("", unescape(title[:LONGEST_NAME]))).replace("&", " and ")
    text = APOSTROPHES.sub("", text)
    if text.isascii():
        text = text.lower()
    else:
        text = unicodedata.normalize("NFKD", text).casefold()
        text = "".join(c for c in text if not unicodedata.combining(c))
    words = NOT_WORD.sub(" ", text).split()
    return " ".join([word for word in words if word not in ARTICLES] or words)


@dataclass(frozen=True)
class Grounded:
    """An item and the way in which it was found."""

    item: int
    found: Found


class Grounder:
    """Finds an item by exact title, then normalised, then similar spelling, then meaning."""

    def __init__(
        self, catalogue: Catalogue, embedder: Embedder, *, vector_cache: Path | None = None
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._vectors = LazyVectors(embedder, catalogue.titles, vector_cache)
        titles = [normalised(title) for title in catalogue.titles]
        self._ids: dict[str, list[int]] = defaultdict(list)
        for item, title in enumerate(titles):
            self._ids[title].append(item)
        self._spellings = Spellings(titles)

    def ground(self, title: str, exclude: Sequence[int]) -> Grounded:
        """The item that a title means, other than those to exclude, unless that leaves none."""
        title = self._without_annotations(title)
        excluded = set(exclude) if len(set(exclude)) < len(self._catalogue) else set()
        for found, items in self._by_name(title):
            for item in items:
                if item not in excluded:
                    return Grounded(item, found)
        return Grounded(self._nearest(title, excluded), "nearest")

    def named(self, text: str) -> int | None:
        """The item whose title a text is, or nearly is; none is guessed by its meaning."""
        return next((items[0] for _, items in self._by_name(text[:LONGEST_NAME]) if items), None)

    def _without_annotations(self, title: str) -> str:
        """The title without the genres and what else prompts write after it."""
        bare = TOLD.sub("", GENRES.sub("", TOLD.sub("", title)))
        known = self._catalogue.find(title) is not None or normalised(title) in self._ids
        return bare if not known and normalised(bare) in self._ids else title

    def _by_name(self, title: str) -> Iterable[tuple[Found, list[int]]]:
        """Candidates by spelling, best kind first; lazy, since fuzzy matching is slow."""
        exact = self._catalogue.find(title)
        if exact is not None:
            yield "exact", [exact]
        plain = normalised(title)
        if not plain:
            return
        from rapidfuzz import fuzz

        def likeness(item: int) -> float:
            return float(fuzz.ratio(title, self._catalogue.titles[item]))

        same = sorted(self._ids.get(plain, []), key=likeness, reverse=True)
        yield "normalised", same
        if exact is None and not same:
            yield "fuzzy", self._spellings.similar(plain)

    def _nearest(self, title: str, excluded: set[int]) -> int:
        item = self._catalogue.find(title)
        vectors = self._vectors.get()
        vector = vectors[item] if item is not None else self._embedder.embed([title])[0]
        return nearest(vector, vectors, excluded)
