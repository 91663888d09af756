"""What tokens cost, at the price of the exact model on the exact server that was asked."""

from collections.abc import Iterable, Mapping

from models import Price, Tokens

PriceTable = Mapping[str, Price | None]  # by exact model name; None is unknown


def cost(model: str, tokens: Tokens, prices: PriceTable) -> float | None:
    """USD for these tokens; None where the price of this model on this server is unknown."""
    price = prices.get(model)
    return None if price is None else price.cost(tokens)


def total(costs: Iterable[float | None]) -> float | None:
    """The sum, unknown as soon as one part is."""
    known = list(costs)
    return None if None in known else sum(filter(None, known), 0.0)


def sole_server(model: str, prices: PriceTable) -> str:
    """The exact name of a model, in a run that recorded only the names in its settings.

    Where several servers of one model were priced alike, any of them will do.
    """
    named = [name for name in prices if name == model or name.startswith(f"{model}@")]
    alike = named and all(prices[name] == prices[named[0]] for name in named)
    return named[0] if alike else ""
