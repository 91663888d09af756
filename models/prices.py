"""What models cost, from a table that users can extend."""

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass

from models.errors import ModelError
from models.tokens import Tokens

TABLE = Path(__file__).with_name("prices.toml")
OWN_TABLE_VARIABLE = "BILLP_PRICES"
FREE = ("scripted", "local")  # whichever the file

Dollars = Annotated[float, Field(ge=0, allow_inf_nan=False, strict=True)]


@dataclass(frozen=True, config={"extra": "forbid"})
class Price:
    """USD per million tokens."""

    input: Dollars
    cached: Dollars
    output: Dollars

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
        kind = name.partition(":")[0]
        return self.table.get(kind if kind in FREE else name)


def read_prices(own: Path | None = None, named: Path | None = None) -> Prices:
    """The table that comes with the package, and over it the user's.

    That is `named`, else what BILLP_PRICES names: these must be there; else `own`, if it is.
    """
    if own and not own.exists():
        own = None
    variable = os.environ.get(OWN_TABLE_VARIABLE)
    users = named or (Path(variable) if variable else own)
    return Prices(_read_table(TABLE) | (_read_table(users) if users else {}))


def _read_table(path: Path) -> dict[str, Price]:
    """The prices in a file; a table that is not sound is refused as a whole."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        table = TypeAdapter(dict[str, Price]).validate_python(content)
    except OSError as error:
        raise ModelError(f"price table {path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        [first, *_] = error.errors()
        model, *part = map(str, first["loc"])
        raise ModelError(
            f"price table {path}: {model!r} must have input, cached, output and nothing else, in "
            f"USD per million tokens, 0 or more: {'.'.join(part)}: {first['msg']}, not "
            f"{str(first['input'])[:40]}"
        ) from error
    except (ValueError, RecursionError) as error:
        raise ModelError(f"price table {path} is not TOML: {error}") from error
    return {name.rstrip("/"): price for name, price in table.items()}
