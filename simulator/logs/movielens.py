"""MovieLens in its three layouts: csv (latest, 20m, 25m, 32m), `::` (1m, 10m) and tabs (100k)."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from simulator.byte_progress import ByteProgress
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import MOVIELENS
from simulator.logs.delimited import split
from simulator.logs.fields import parse_id, parse_number, parse_seconds
from simulator.logs.lines import Lines, UnusableLineError
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRow, read_ratings
from simulator.text import plural

LOWEST, HIGHEST = 0.5, 5.0
NO_GENRES = "(no genres listed)"
FLAGS = (
    "", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The genre columns of u.item; the first stands for an unknown genre."""


@dataclass(frozen=True)
class Format:
    """The delimiters, which line is the header, and the encoding of what is not UTF-8."""

    files: tuple[str, str]
    ratings: str
    films: str
    header: int = 0
    fallback: str | None = "latin-1"
    flags: bool = False


FORMATS = (
    Format(("ratings.csv", "movies.csv"), ",", ",", header=1, fallback=None),
    Format(("ratings.dat", "movies.dat"), "::", "::"),
    Format(("u.data", "u.item"), "\t", "|", flags=True),
)


def read_movielens(folder: Path, progress: ByteProgress | None = None) -> Log:
    """Ratings are kept as they are, half stars included."""
    paths = locate_files(folder, [format_.files for format_ in FORMATS], MOVIELENS)
    format_ = next(one for one in FORMATS if paths[0].name.removesuffix(".gz") in one.files)
    ratings, films = Lines.of_files(paths, progress, fallback=format_.fallback)
    rows = read_ratings(ratings, partial(_rating, format_), skip=format_.header)
    listed = list(films.parsed(partial(_film, format_), skip=format_.header))
    about = dict(reversed(listed))  # of repeated films the first
    notes = [*ratings.notes(), *films.notes()]
    if unrated := sum(film not in rows.item_ids for film, _ in listed):
        notes.append(f"{plural(unrated, 'film')} without ratings left out")
    return rows.log(rows.values, about, notes)


def _parts(line: str, delimiter: str, expected: int) -> Sequence[str]:
    """The fields of a line; only the csv files quote."""
    parts = split(line, delimiter) if delimiter == "," else line.split(delimiter)
    if len(parts) != expected:
        raise UnusableLineError(f"{len(parts)} fields instead of {expected}")
    return parts


def _rating(format_: Format, line: str) -> RatingRow:
    user, item, rating, time = _parts(line, format_.ratings, 4)
    value = parse_number(rating, "rating", LOWEST, HIGHEST)
    return parse_id(user, "user"), parse_id(item, "film"), value, parse_seconds(time)


def _film(format_: Format, line: str) -> tuple[str, ItemInfo]:
    parts = _parts(line, format_.films, 5 + len(FLAGS) if format_.flags else 3)
    if format_.flags:
        marked = zip(FLAGS, parts[5:], strict=True)
        genres = [genre for genre, flag in marked if genre and flag == "1"]
    else:
        genres = [] if parts[2] == NO_GENRES else parts[2].split("|")
    return parts[0], ItemInfo(parts[1], genres)
