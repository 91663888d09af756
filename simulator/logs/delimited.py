"""Delimited text: splitting of lines, and columns found by their header."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import WorldError
from simulator.logs.lines import Lines, UnusableLineError

DELIMITERS = (",", "\t", ";", "|")
Synonyms = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Header:
    """The line it stands in, its delimiter and width, and the index of each known column."""

    line: int
    delimiter: str
    width: int
    columns: Mapping[str, int]

    def fields(self, line: str) -> dict[str, str]:
        """The known columns of a line."""
        parts = split(line, self.delimiter)
        if len(parts) < self.width or any(parts[self.width :]):
            raise UnusableLineError(f"{len(parts)} fields instead of {self.width}")
        return {column: parts[place].strip() for column, place in self.columns.items()}


def split(line: str, delimiter: str) -> Sequence[str]:
    """One record; quoted line breaks are not supported, so a stray quote spoils one line only."""
    if '"' not in line:
        return line.split(delimiter)
    try:
        return next(csv.reader([line], delimiter=delimiter))
    except csv.Error as error:
        raise UnusableLineError(str(error)) from error


def read_header(path: Path, synonyms: Synonyms, needed: Sequence[str]) -> Header:
    """The header of a file, with the delimiter that yields the most known columns."""
    number, line = next(iter(Lines(path)), (0, ""))
    if not number:
        raise WorldError(f"{path} is empty")
    tries = [_try(number, line, delimiter, synonyms) for delimiter in DELIMITERS]
    best = max(tries, key=lambda header: (len(header.columns), header.width))
    if all(column in best.columns for column in needed):
        return best
    found = ", ".join(repr(part[:40]) for part in split(line, best.delimiter)[:20])
    raise WorldError(
        f"{path}: expected a first line that names the columns {', '.join(needed)} "
        f"(and perhaps {', '.join(column for column in synonyms if column not in needed)}), "
        f"separated by comma, tab, semicolon or '|'; found {found}"
    )


def _try(number: int, line: str, delimiter: str, synonyms: Synonyms) -> Header:
    # `User_ID` and `userId` are alike; what follows a colon is the type that RecBole writes.
    parts = [part.partition(":")[0].lower() for part in split(line, delimiter)]
    names = ["".join(filter(str.isalnum, part)) for part in parts]
    columns = {
        column: next(names.index(known) for known in accepted if known in names)
        for column, accepted in synonyms.items()
        if any(known in names for known in accepted)
    }
    return Header(number, delimiter, len(names), columns)
