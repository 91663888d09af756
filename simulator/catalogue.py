"""The items that can be recommended: titles and genres, numbered from 0."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache

from simulator.text import TITLE_LIMIT, clean_title, plain

GENRE_LIMIT = 40
GENRES_KEPT = 4096  # raw genres whose clean form is remembered


@dataclass(frozen=True)
class Catalogue:
    """Titles are clean and unique, so a title identifies one item."""

    titles: tuple[str, ...]
    genres: tuple[tuple[str, ...], ...]
    _ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_ids", {title: i for i, title in enumerate(self.titles)})

    @classmethod
    def of(cls, rows: Iterable[tuple[str, Iterable[str]]]) -> "Catalogue":
        """Cleans titles and genres; numbers repeated titles and replaces empty ones."""
        titles: dict[str, None] = {}
        last: dict[str, int] = {}  # by what a number follows, since lower ones are all taken
        genres: list[tuple[str, ...]] = []
        clean_genre = lru_cache(GENRES_KEPT)(lambda genre: plain(genre, GENRE_LIMIT))
        for raw_title, raw_genres in rows:
            title = clean_title(raw_title) or "Untitled"
            if title in titles:
                base = title[: TITLE_LIMIT - 8].rstrip()
                copy = last.get(base, 1)
                while title in titles:
                    copy += 1
                    title = f"{base} ({copy})"
                last[base] = copy
            titles[title] = None
            clean = map(clean_genre, raw_genres)
            genres.append(tuple(dict.fromkeys(genre for genre in clean if genre)))
        return cls(tuple(titles), tuple(genres))

    def __len__(self) -> int:
        return len(self.titles)

    def find(self, title: str) -> int | None:
        """The item with exactly this title."""
        return self._ids.get(title)

    def genres_of(self, title: str) -> tuple[str, ...]:
        """The genres of the item with this title; none where there is no such item."""
        item = self.find(title)
        return () if item is None else self.genres[item]
