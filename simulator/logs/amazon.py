"""Amazon's books as UCSD publishes them (version 2): reviews with stars, and metadata."""

import re
from collections.abc import Mapping
from pathlib import Path

from simulator.byte_progress import ByteProgress
from simulator.catalogue import GENRE_LIMIT
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import AMAZON_BOOK
from simulator.logs.fields import parse_id, parse_number, parse_seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRow, read_ratings
from simulator.logs.parse_record import parse_record
from simulator.text import plural, unescape

OF_A_REVIEW = frozenset({"reviewerID", "asin", "overall", "unixReviewTime"})
OF_A_BOOK = frozenset({"asin", "title", "category"})
ROOT = "Books"
# Some titles and categories contain scraped HTML.
MARKUP = re.compile(r"</?[a-zA-Z!]|/>|\bgetTime\b")

# The publisher's 5-core contains every larger core of the whole, in a third of the memory.
CHOICES = (("Books_5.json", "meta_Books.json"), ("Books.json", "meta_Books.json"))


def read_amazon(folder: Path, progress: ByteProgress | None = None) -> Log:
    """Stars become ratings; metadata is kept for reviewed books only."""
    paths = locate_files(folder, CHOICES, AMAZON_BOOK)
    reviews, books = Lines.of_files(paths, progress)
    rows = read_ratings(reviews, _review)
    about, scraps = _books(books, rows.item_ids)
    notes = [*reviews.notes(), *books.notes()]
    if scraps:
        genres = plural(scraps, "genre")
        notes.append(f"{genres} with markup or over {GENRE_LIMIT} letters dropped")
    return rows.log(rows.values, about, notes)


def _review(line: str) -> RatingRow:
    record = parse_record(line, OF_A_REVIEW)
    return (
        parse_id(record.get("reviewerID"), "reviewerID"),
        parse_id(record.get("asin"), "asin"),
        parse_number(record.get("overall"), "overall", 1.0, 5.0),
        parse_seconds(record.get("unixReviewTime")),
    )


def _books(lines: Lines, wanted: Mapping[str, int]) -> tuple[dict[str, ItemInfo], int]:
    books: dict[str, ItemInfo] = {}
    scraps = 0
    for book, title, category in lines.parsed(_book):
        if book in wanted and book not in books:
            genres, dropped = _genres(category)
            readable = isinstance(title, str) and not MARKUP.search(title)
            books[book] = ItemInfo(str(title) if readable else "", genres)
            scraps += dropped
    return books, scraps


def _book(line: str) -> tuple[str, object, object]:
    record = parse_record(line, OF_A_BOOK)
    return parse_id(record.get("asin"), "asin"), record.get("title"), record.get("category")


def _genres(value: object) -> tuple[tuple[str, ...], int]:
    """The categories below the common root, and how many were dropped as scraped HTML."""
    given = value if isinstance(value, list | tuple) else ()
    named = [unescape(genre).strip() for genre in given if isinstance(genre, str)]
    fine = [genre for genre in named if len(genre) <= GENRE_LIMIT and not MARKUP.search(genre)]
    return tuple(genre for genre in fine if genre and genre != ROOT), len(named) - len(fine)
