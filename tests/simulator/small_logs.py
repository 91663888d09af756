"""Small dense logs, as newcomers bring along: of users with tastes, and of none."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

GENRES = ("Crime", "Fantasy", "History", "Poetry", "Romance", "Science", "Travel", "Western")


class SmallLog(NamedTuple):
    """The columns of ratings and of items."""

    ratings: dict[str, list[object]]
    items: dict[str, list[object]]

    def write(self, folder: Path) -> Path:
        """Writes both as CSV."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, columns in {"ratings": self.ratings, "items": self.items}.items():
            rows = zip(*columns.values(), strict=True)
            lines = [",".join(columns), *(",".join(map(str, row)) for row in rows)]
            (folder / f"{name}.csv").write_text("\n".join(lines) + "\n")
        return folder


def bookshop(users: int = 60, items: int = 80, ratings: int = 1500, seed: int = 0) -> SmallLog:
    """Users read what they like, by genre and author, and rate it so."""
    rng = np.random.default_rng(seed)
    of_item = np.zeros((items, len(GENRES)))
    for row in of_item:
        row[rng.choice(len(GENRES), rng.integers(1, 3), replace=False)] = 1.0
    tastes = rng.normal(0.0, 1.0, (users, len(GENRES)))
    liked = 3.3 + tastes @ (of_item / of_item.sum(axis=1, keepdims=True)).T
    liked += rng.normal(0.0, 0.4, items)
    weights = np.exp(0.8 * liked).ravel()
    pairs = rng.choice(users * items, ratings, replace=False, p=weights / weights.sum())
    rated = np.clip(np.rint(liked.ravel()[pairs] + rng.normal(0.0, 0.5, ratings)), 1, 5)
    genres = ["|".join(GENRES[g] for g in np.flatnonzero(row)) for row in of_item]
    return _log(pairs, items, rated, genres)


def noise(users: int = 60, items: int = 80, ratings: int = 1500, seed: int = 0) -> SmallLog:
    """Ratings in which there is nothing to learn."""
    rng = np.random.default_rng(seed)
    pairs = rng.choice(users * items, ratings, replace=False)
    return _log(pairs, items, rng.integers(1, 6, ratings), [""] * items)


def _log(pairs: np.ndarray, items: int, rated: np.ndarray, genres: list[str]) -> SmallLog:
    columns = {"user": pairs // items, "item": pairs % items, "rating": rated.astype(int)}
    return SmallLog(
        {name: [int(value) for value in column] for name, column in columns.items()},
        {
            "item": list(range(items)),
            "title": [f"Book {item}" for item in range(items)],
            "genres": list(genres),
        },
    )
