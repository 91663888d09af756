"""Steam as UCSD publishes it: reviews with hours played, and games with genres."""

from pathlib import Path

import numpy as np

from simulator.byte_progress import ByteProgress
from simulator.downloads.locate_files import locate_files
from simulator.downloads.sources import STEAM
from simulator.logs.fields import parse_id, parse_number, parse_seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRow, read_ratings
from simulator.logs.parse_record import parse_record

LIKED_HOURS = 3.0
LIKED, DISLIKED = 5.0, 2.0
MAX_HOURS = 1e6
OF_A_REVIEW = frozenset({"username", "user_id", "product_id", "hours", "date"})
OF_A_GAME = frozenset({"id", "app_name", "title", "genres", "tags"})


def read_steam(folder: Path, progress: ByteProgress | None = None) -> Log:
    """More than three hours of play become a rating of 5, less a 2 (section 5.1.1)."""
    paths = locate_files(folder, [("steam_reviews.json", "steam_games.json")], STEAM)
    reviews, games = Lines.of_files(paths, progress)
    rows = read_ratings(reviews, _play)
    about = dict(reversed(list(games.parsed(_game))))  # of repeated games the first
    ratings = np.where(rows.values > LIKED_HOURS, LIKED, DISLIKED).astype(np.float32)
    return rows.log(ratings, about, [*reviews.notes(), *games.notes()], most="hours")


def _play(line: str) -> RatingRow:
    """The display name identifies the user, as only it is in every review."""
    record = parse_record(line, OF_A_REVIEW)
    return (
        parse_id(record.get("username") or record.get("user_id"), "user"),
        parse_id(record.get("product_id"), "product_id"),
        parse_number(record.get("hours"), "hours", 0.0, MAX_HOURS),
        parse_seconds(record.get("date")),
    )


def _game(line: str) -> tuple[str, ItemInfo]:
    record = parse_record(line, OF_A_GAME)
    title = record.get("app_name") or record.get("title") or ""
    genres = record.get("genres") or record.get("tags")
    named = genres if isinstance(genres, list | tuple) else ()
    about = ItemInfo(str(title), tuple(genre for genre in named if isinstance(genre, str)))
    return parse_id(record.get("id"), "id"), about
