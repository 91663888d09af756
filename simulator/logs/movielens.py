"""MovieLens in its three layouts: csv (latest, 20m, 25m, 32m), `::` (1m, 10m) and tabs (100k)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.byte_progress import ByteProgress, progress_by_file
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import MOVIELENS
from simulator.logs.delimited import split
from simulator.logs.fields import name, number, seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.malformed import Unusable
from simulator.logs.rows import About, Row, gather
from simulator.logs.words import counted

LOWEST, HIGHEST = 0.5, 5.0
NO_GENRES = "(no genres listed)"
FLAGS = (
    "", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary",
    "Drama", "Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi",
    "Thriller", "War", "Western",
)  # fmt: skip
"""The genres of u.item by column; the first means that none is known."""

Split = Callable[[str], Sequence[str]]


@dataclass(frozen=True)
class Layout:
    """How lines come apart, which one is a header, and what encoding came before UTF-8."""

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


LAYOUTS = (
    Layout(("ratings.csv", "movies.csv"), _by_commas, _by_commas, header=1, fallback=None),
    Layout(("ratings.dat", "movies.dat"), _by_colons, _by_colons),
    Layout(("u.data", "u.item"), _by_tabs, _by_bars, flags=True),
)


def read_movielens(folder: Path, progress: ByteProgress | None = None) -> Log:
    """Ratings stay as they are, half stars included."""
    paths = locate_files(folder, [layout.files for layout in LAYOUTS], MOVIELENS)
    layout = next(one for one in LAYOUTS if paths[0].name.removesuffix(".gz") in one.files)
    on_ratings, on_films = progress_by_file(progress, paths)
    ratings = Lines(paths[0], on_ratings, fallback=layout.fallback)
    films = Lines(paths[1], on_films, fallback=layout.fallback)
    rows = gather(ratings, lambda line: _rating(layout.ratings(line)), skip=layout.header)
    about, unrated = _films(films, layout, rows.item_ids)
    notes = [*ratings.notes(), *films.notes()]
    if unrated:
        notes.append(f"{counted(unrated, 'film')} without ratings left out")
    return rows.log(rows.values, about, notes)


def _rating(parts: Sequence[str]) -> Row:
    if len(parts) != 4:
        raise Unusable(f"{len(parts)} fields instead of 4")
    user, item, rating, time = parts
    value = number(rating, "rating", LOWEST, HIGHEST)
    return name(user, "user"), name(item, "film"), value, seconds(time)


def _films(lines: Lines, layout: Layout, rated: Mapping[str, int]) -> tuple[dict[str, About], int]:
    films: dict[str, About] = {}
    unrated = 0
    for film, about in lines.parsed(
        lambda line: _film(layout.films(line), layout.flags), skip=layout.header
    ):
        if film in rated:
            films.setdefault(film, about)
        else:
            unrated += 1
    return films, unrated


def _film(parts: Sequence[str], flags: bool) -> tuple[str, About]:
    expected = 5 + len(FLAGS) if flags else 3
    if len(parts) != expected:
        raise Unusable(f"{len(parts)} fields instead of {expected}")
    if flags:
        marked = zip(FLAGS, parts[5:], strict=True)
        return parts[0], About(parts[1], [genre for genre, flag in marked if genre and flag == "1"])
    return parts[0], About(parts[1], [] if parts[2] == NO_GENRES else parts[2].split("|"))
