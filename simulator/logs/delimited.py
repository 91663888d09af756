"""Delimited text: splitting of lines, and columns found by their header."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simulator.errors import WorldError
from simulator.logs.columns import Synonyms, match_columns
from simulator.logs.lines import Lines, UnusableLineError

DELIMITERS = (",", "\t", ";", "|")


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
    names = split(line, delimiter)
    return Header(number, delimiter, len(names), match_columns(names, synonyms))
