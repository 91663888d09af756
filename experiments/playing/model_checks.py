"""The chat models that a run asks: checked before it begins, with what their tokens cost."""

from collections.abc import Sequence
from pathlib import Path

from experiments.runs.money import PriceTable
from experiments.runs.refusals import unpriced
from experiments.runs.settings import RunSettings
from graph.load import spec_for
from home_folder import home
from models import ROLES, Limits, ModelError, ModelSpec, Prices, connect, exact_name, read_prices
from models.connect import CONCURRENCY, needs_more


def asked_models(settings: RunSettings) -> list[ModelSpec]:
    """Each chat model of the run once; settings that no episode can have are refused."""
    seed, specs = settings.seeds[0], dict[ModelSpec, None]()
    for variant in settings.variants:
        context = settings.context(variant, seed, "frozen")
        if variant.kind == "llm":
            specs |= dict.fromkeys(spec_for(role, context) for role in ROLES)
    return list(specs)


def check_models(
    specs: Sequence[ModelSpec], *, keys: bool = True, concurrency: int = CONCURRENCY
) -> None:
    """Refuses a bad name, script or address, and a missing key unless nobody will be asked.

    A model file of the hub is downloaded here, so that the run knows its hash.
    """
    for spec in specs:
        exact_name(spec)
        if keys or not needs_more(spec.name):
            connect(spec, concurrency=concurrency)


def check_money(specs: Sequence[ModelSpec], prices: Prices, limits: Limits) -> None:
    """Refuses a limit on money that cannot be kept."""
    unknown = [name for name in map(exact_name, specs) if prices.of(name) is None]
    if limits.money is not None and unknown:
        raise ModelError(unpriced(limits.money, unknown[0]))


def known_prices(own: Path | None) -> Prices:
    """The prices that come with the package, and over them the user's."""
    return read_prices(home() / "prices.toml", named=own)


def costs(specs: Sequence[ModelSpec], prices: Prices) -> PriceTable:
    """The price of each model by its exact name; unknown is None."""
    return {name: prices.of(name) for name in map(exact_name, specs)}
