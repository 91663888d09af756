"""MovieLens in its three layouts: csv (latest, 20m, 25m, 32m), `::` (1m, 10m) and tabs (100k)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.byte_progress import ByteProgress, progress_by_file
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import MOVIELENS
from simulator.logs.delimited import split
from simulator.logs.fields import parse_id, parse_number, parse_seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRow, read_ratings
from simulator.logs.malformed import UnusableLineError
from simulator.logs.plural import plural

LOWEST, HIGHEST = 0.5, 5.0
NO_GENRES = "(no genres listed)"
FLAGS = (
    "", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The genre columns of u.item; the first stands for an unknown genre."""

Split = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Format:
    """How lines are split, which line is the header, and the encoding used before UTF-8."""

    files: tuple[str, str]
    ratings: Split
    films: Split
    header: int = 0
    fallback: str | None = "latin-1"
    flags: bool = False


def _by_commas(line: str) -> Sequence[str]:
    return split(line, ",")


def _by_colons(line: str) -> Sequence[str]:
    return line.split("::")


def _by_tabs(line: str) -> Sequence[str]:
    return line.split("\t")


def _by_bars(line: str) -> Sequence[str]:
    return line.split("|")


FORMATS = (
    Format(("ratings.csv", "movies.csv"), _by_commas, _by_commas, header=1, fallback=None),
    Format(("ratings.dat", "movies.dat"), _by_colons, _by_colons),
    Format(("u.data", "u.item"), _by_tabs, _by_bars, flags=True),
)


def read_movielens(folder: Path, progress: ByteProgress | None = None) -> Log:
    """Ratings are kept as they are, half stars included."""
    paths = locate_files(folder, [format_.files for format_ in FORMATS], MOVIELENS)
    format_ = next(one for one in FORMATS if paths[0].name.removesuffix(".gz") in one.files)
    on_ratings, on_films = progress_by_file(progress, paths)
    ratings = Lines(paths[0], on_ratings, fallback=format_.fallback)
    films = Lines(paths[1], on_films, fallback=format_.fallback)
    rows = read_ratings(ratings, lambda line: _rating(format_.ratings(line)), skip=format_.header)
    about, unrated = _films(films, format_, rows.item_ids)
    notes = [*ratings.notes(), *films.notes()]
    if unrated:
        notes.append(f"{plural(unrated, 'film')} without ratings left out")
    return rows.log(rows.values, about, notes)


def _rating(parts: Sequence[str]) -> RatingRow:
    if len(parts) != 4:
        raise UnusableLineError(f"{len(parts)} fields instead of 4")
    user, item, rating, time = parts
    value = parse_number(rating, "rating", LOWEST, HIGHEST)
    return parse_id(user, "user"), parse_id(item, "film"), value, parse_seconds(time)


def _films(
    lines: Lines, format_: Format, rated: Mapping[str, int]
) -> tuple[dict[str, ItemInfo], int]:
    films: dict[str, ItemInfo] = {}
    unrated = 0
    for film, about in lines.parsed(
        lambda line: _film(format_.films(line), format_.flags), skip=format_.header
    ):
        if film in rated:
            films.setdefault(film, about)
        else:
            unrated += 1
    return films, unrated


def _film(parts: Sequence[str], flags: bool) -> tuple[str, ItemInfo]:
    expected = 5 + len(FLAGS) if flags else 3
    if len(parts) != expected:
        raise UnusableLineError(f"{len(parts)} fields instead of {expected}")
    if flags:
        marked = zip(FLAGS, parts[5:], strict=True)
        return parts[0], ItemInfo(
            parts[1], [genre for genre, flag in marked if genre and flag == "1"]
        )
    return parts[0], ItemInfo(parts[1], [] if parts[2] == NO_GENRES else parts[2].split("|"))
