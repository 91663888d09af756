"""What models cost, from a table that users can extend."""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.usage import Tokens

TABLE = Path(__file__).with_name("prices.toml")
OWN_TABLE_VARIABLE = "BILLP_PRICES"


@dataclass(frozen=True)
class Price:
    """USD per million tokens."""

    input: float
    cached: float
    output: float

    def cost(self, tokens: Tokens) -> float:
        """USD for these tokens."""
        fresh = tokens.input - tokens.cached
        total = fresh * self.input + tokens.cached * self.cached + tokens.output * self.output
        return total / 1e6


@dataclass(frozen=True)
class Prices:
    """Prices by exact model name."""

    table: Mapping[str, Price]

    def of(self, name: str) -> Price | None:
        """A model's price; None is unknown, which is not free."""
        return self.table.get("scripted" if name.startswith("scripted:") else name)


def read_prices(own: Path | None = None, named: Path | None = None) -> Prices:
    """The table that comes with the package, and over it the user's.

    That is `named`, else what BILLP_PRICES names: these must be there; else `own`, if it is.
    """
    table = read_table(TABLE)
    variable = os.environ.get(OWN_TABLE_VARIABLE)
    if named is None and variable:
        named = Path(variable)
    if named is not None:
        table |= read_table(named)
    elif own is not None and own.exists():
        table |= read_table(own)
    return Prices(table)


def read_table(path: Path) -> dict[str, Price]:
    """The prices in a file; a table that is not sound is refused as a whole."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"price table {path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"price table {path} is not TOML: {error}") from error
    return {name.rstrip("/"): _price(path, name, row) for name, row in table.items()}


def _price(path: Path, name: str, row: Any) -> Price:
    names = [field.name for field in fields(Price)]
    if not isinstance(row, dict) or set(row) != set(names):
        found = ", ".join(row) if isinstance(row, dict) else repr(row)
        raise ModelError(
            f"price table {path}: {name!r} must have {', '.join(names)} and nothing else, "
            f"not {found or 'nothing'}"
        )
    return Price(**{part: _amount(path, name, part, row[part]) for part in names})


def _amount(path: Path, name: str, part: str, value: Any) -> float:
    if type(value) in (int, float) and 0 <= value <= sys.float_info.max:
        return float(value)
    raise ModelError(
        f"price table {path}: {part!r} of {name!r} must be USD per million tokens, "
        f"0 or more, not {value!r}"
    )
