"""Amazon's books as UCSD publishes them (version 2): reviews with stars, and metadata."""

import html
import re
from collections.abc import Mapping
from pathlib import Path

from simulator.byte_progress import ByteProgress, progress_by_file
from simulator.catalogue import GENRE_LIMIT
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import AMAZON_BOOK
from simulator.logs.fields import name, number, seconds
from simulator.logs.lines import Lines
from simulator.logs.literal import parse
from simulator.logs.log import Log
from simulator.logs.rows import About, Row, gather
from simulator.logs.words import counted

OF_A_REVIEW = frozenset({"reviewerID", "asin", "overall", "unixReviewTime"})
OF_A_BOOK = frozenset({"asin", "title", "category"})
ROOT = "Books"
# Some titles and categories are scraps of the page that they were scraped from.
MARKUP = re.compile(r"</?[a-zA-Z!]|/>|\bgetTime\b")

# The publisher's 5-core holds every larger core of the whole, in a third of the memory.
CHOICES = (("Books_5.json", "meta_Books.json"), ("Books.json", "meta_Books.json"))


def read_amazon(folder: Path, progress: ByteProgress | None = None) -> Log:
    """Stars are ratings; of the metadata only that of reviewed books is kept."""
    paths = locate_files(folder, CHOICES, AMAZON_BOOK)
    on_reviews, on_books = progress_by_file(progress, paths)
    reviews, books = Lines(paths[0], on_reviews), Lines(paths[1], on_books)
    rows = gather(reviews, _review)
    about, scraps = _books(books, rows.item_ids)
    notes = [*reviews.notes(), *books.notes()]
    if scraps:
        genres = counted(scraps, "genre")
        notes.append(f"{genres} with markup or over {GENRE_LIMIT} letters dropped")
    return rows.log(rows.values, about, notes)


def _review(line: str) -> Row:
    record = parse(line, OF_A_REVIEW)
    return (
        name(record.get("reviewerID"), "reviewerID"),
        name(record.get("asin"), "asin"),
        number(record.get("overall"), "overall", 1.0, 5.0),
        seconds(record.get("unixReviewTime")),
    )


def _books(lines: Lines, wanted: Mapping[str, int]) -> tuple[dict[str, About], int]:
    books: dict[str, About] = {}
    scraps = 0
    for book, title, category in lines.parsed(_book):
        if book in wanted and book not in books:
            genres, dropped = _genres(category)
            books[book] = About(_title(title), genres)
            scraps += dropped
    return books, scraps


def _book(line: str) -> tuple[str, object, object]:
    record = parse(line, OF_A_BOOK)
    return name(record.get("asin"), "asin"), record.get("title"), record.get("category")


def _title(value: object) -> str:
    title = value if isinstance(value, str) else ""
    return "" if MARKUP.search(title) else title


def _genres(value: object) -> tuple[tuple[str, ...], int]:
    """The categories under the root that all books share, and how many were scraps."""
    given = value if isinstance(value, list | tuple) else ()
    named = [html.unescape(genre).strip() for genre in given if isinstance(genre, str)]
    fine = [genre for genre in named if len(genre) <= GENRE_LIMIT and not MARKUP.search(genre)]
    return tuple(genre for genre in fine if genre and genre != ROOT), len(named) - len(fine)
