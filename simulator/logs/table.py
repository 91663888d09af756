"""Any table of user, item, rating and optional time, with an optional table of items."""

from collections.abc import Mapping
from pathlib import Path

from simulator.byte_progress import ByteProgress
from simulator.downloads.locate_files import missing_files
from simulator.downloads.sources import TABLE
from simulator.errors import WorldError
from simulator.logs.columns import OF_A_LOG, OF_AN_ITEM
from simulator.logs.delimited import Header, read_header
from simulator.logs.fields import NO_TIME, parse_id, parse_number, parse_seconds
from simulator.logs.lines import Lines
from simulator.logs.log import Log
from simulator.logs.log_builder import ItemInfo, RatingRow, read_ratings, split_genres
from simulator.logs.rating_scale import to_five

ENDINGS = (".csv", ".tsv", ".inter")
FINITE = 1e30


def read_table(source: Path, progress: ByteProgress | None = None) -> Log:
    """Ratings on another scale are mapped to 1 to 5; a missing title is replaced by the id."""
    log, *tables = Lines.of_files(_files(source), progress)
    header = read_header(log.path, OF_A_LOG, ["user", "item", "rating"])
    rows = read_ratings(log, lambda text: _row(header, text), skip=header.line)
    about = _items(tables[0], rows.item_ids) if tables else {}
    ratings, scaled = to_five(rows.values, log.path)
    notes = [note for lines in (log, *tables) for note in lines.notes()]
    return rows.log(ratings, about, [*notes, *scaled])


def _files(source: Path) -> list[Path]:
    """The log, then the table of items if there is one beside it."""
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
    """The name of a table without its ending; empty for other files."""
    plain = path.name.lower().removesuffix(".gz")
    return next((plain.removesuffix(end) for end in ENDINGS if plain.endswith(end)), "")


def _row(header: Header, text: str) -> RatingRow:
    fields = header.fields(text)
    return (
        parse_id(fields["user"], "user"),
        parse_id(fields["item"], "item"),
        parse_number(fields["rating"], "rating", -FINITE, FINITE),
        parse_seconds(fields["time"]) if "time" in fields else NO_TIME,
    )


def _items(lines: Lines, wanted: Mapping[str, int]) -> dict[str, ItemInfo]:
    header = read_header(lines.path, OF_AN_ITEM, ["item"])
    items: dict[str, ItemInfo] = {}
    for fields in lines.parsed(header.fields, skip=header.line):
        if fields["item"] in wanted:
            genres = split_genres(fields.get("genres", ""))
            items.setdefault(fields["item"], ItemInfo(fields.get("title", ""), genres))
    return items
