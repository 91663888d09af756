"""Any table of user, item, rating and perhaps time, with titles and genres beside it."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from simulator.byte_progress import ByteProgress, progress_by_file
from simulator.downloads.locate_files import missing_files
from simulator.downloads.sources import TABLE
from simulator.errors import WorldError
from simulator.logs.delimited import Header, read_header
from simulator.logs.fields import NO_TIME, name, number, seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.rows import About, Row, gather

ITEM = ("item", "itemid", "iid", "movie", "movieid", "product", "productid", "asin", "book",
        "bookid", "isbn", "game", "gameid", "appid", "track", "trackid", "artistid")  # fmt: skip
OF_A_LOG = {
    "user": ("user", "userid", "uid", "username", "reviewerid", "customer", "customerid"),
    "item": ITEM,
    "rating": ("rating", "ratings", "score", "stars", "overall", "value"),
    "time": ("time", "timestamp", "datetime", "date", "ts", "unixreviewtime"),
}
OF_AN_ITEM = {
    "item": (*ITEM, "id"),
    "title": ("title", "itemname", "name", "itemtitle"),
    "genres": ("genres", "genre", "categories", "category", "tags"),
}
ENDINGS = (".csv", ".tsv", ".inter")
RATING_LOW, RATING_HIGH = 1.0, 5.0
ACCEPTED = (0.0, 10.0)
FINITE = 1e30


def read_table(source: Path, progress: ByteProgress | None = None) -> Log:
    """Ratings on another scale are mapped to 1 to 5; without titles an item's id is its title."""
    paths = _files(source)
    meters = progress_by_file(progress, paths)
    log = Lines(paths[0], meters[0])
    line, header = _header(paths[0], OF_A_LOG, ["user", "item", "rating"])
    rows = gather(log, lambda text: _row(header, text), skip=line)
    notes = log.notes()
    about: dict[str, About] = {}
    if len(paths) > 1:
        items = Lines(paths[1], meters[1])
        about = _items(items, rows.item_ids)
        notes += items.notes()
    ratings, scaled = _to_five(rows.values, paths[0])
    return rows.log(ratings, about, [*notes, *scaled])


def _files(source: Path) -> list[Path]:
    """The log, then the items where there are any beside it."""
    if not source.exists():
        raise WorldError(missing_files(source, TABLE))
    folder = source if source.is_dir() else source.parent
    tables = sorted(path for path in folder.glob("*") if path.is_file() and _stem(path))
    items = [path for path in tables if _stem(path) == "items"][:1]
    if source.is_file():
        return [source, *(path for path in items if path != source)]
    logs = [path for path in tables if _stem(path) != "items"]
    if not logs:
        raise WorldError(missing_files(source, TABLE))
    if len(logs) > 1:
        names = ", ".join(path.name for path in logs)
        raise WorldError(f"{source} has several tables ({names}): name the one that is the log")
    return [logs[0], *items]


def _stem(path: Path) -> str:
    """The name without its ending, or nothing when it is no table's."""
    plain = path.name.lower().removesuffix(".gz")
    return next((plain.removesuffix(end) for end in ENDINGS if plain.endswith(end)), "")


def _header(
    path: Path, synonyms: Mapping[str, tuple[str, ...]], needed: list[str]
) -> tuple[int, Header]:
    for line, text in Lines(path):
        return line, read_header(str(path), text, synonyms, needed)
    raise WorldError(f"{path} is empty")


def _row(header: Header, text: str) -> Row:
    fields = header.fields(text)
    return (
        name(fields["user"], "user"),
        name(fields["item"], "item"),
        number(fields["rating"], "rating", -FINITE, FINITE),
        seconds(fields["time"]) if "time" in fields else NO_TIME,
    )


def _items(lines: Lines, wanted: Mapping[str, int]) -> dict[str, About]:
    head, header = _header(lines.path, OF_AN_ITEM, ["item"])
    items: dict[str, About] = {}
    for fields in lines.parsed(header.fields, skip=head):
        if fields["item"] in wanted:
            genres = [genre.strip() for genre in fields.get("genres", "").split("|")]
            about = About(fields.get("title", ""), [genre for genre in genres if genre])
            items.setdefault(fields["item"], about)
    return items


def _to_five(ratings: NDArray[np.float32], path: Path) -> tuple[NDArray[np.float32], list[str]]:
    """Maps the scale, guessed from the ratings that occur, to 1 to 5."""
    lowest, highest = float(ratings.min()), float(ratings.max())
    if lowest < ACCEPTED[0] or highest > ACCEPTED[1]:
        raise WorldError(
            f"{path}: ratings go from {lowest:g} to {highest:g}, expected are {ACCEPTED[0]:g} to "
            f"{ACCEPTED[1]:g}: bring them to one scale, best 1 to 5, first"
        )
    if lowest >= RATING_LOW and RATING_LOW < highest <= RATING_HIGH:
        return ratings, []
    low, high = (0.0, 1.0) if highest <= 1 else (min(lowest, 1.0), max(highest, RATING_HIGH))
    mapped = RATING_LOW + (ratings - low) * ((RATING_HIGH - RATING_LOW) / (high - low))
    return mapped.astype(np.float32), [
        f"ratings taken to be on a scale from {low:g} to {high:g}, mapped to 1 to 5"
    ]
