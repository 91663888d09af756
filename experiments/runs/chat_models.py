"""Which chat model speaks for which role of a variant, and what its tokens cost."""

from collections.abc import Mapping
from typing import Any

from experiments.statistics.tally import NOTHING, Spent
from graph.arms import ARMS
from models import ROLES, Price, Role, Tokens

Prices = Mapping[str, Mapping[str, float] | None]


def chat_models(variant: Mapping[str, Any]) -> dict[Role, str]:
    """The chat model of each role that the variant's arm has; a policy has none."""
    if variant["kind"] != "llm":
        return {}
    arm, changes = ARMS[variant["method"]], variant["changes"]
    speaks = {"planner": arm.plans, "critic": arm.criticises, "reflector": arm.reflects}
    return {
        role: changes.get(f"{role}_model") or changes.get("model") or variant["model"]
        for role in ROLES
        if speaks.get(role, True)
    }


def cost(usage: Mapping[Role, Spent], variant: Mapping[str, Any], prices: Prices) -> float | None:
    """What the tokens cost in USD; None where a price is unknown or no chat model was asked."""
    total = 0.0
    models = chat_models(variant)
    for role, model in models.items():
        price = _price(model, prices)
        if price is None:
            return None
        spent = usage.get(role, NOTHING)
        total += price.cost(Tokens(spent.input, spent.output, spent.cached))
    return total if models else None


def _price(model: str, prices: Prices) -> Price | None:
    """The price of a model, on whichever server it was; of several that differ, none is known."""
    priced = [
        price
        for name, price in prices.items()
        if name == model or name.startswith(f"{model}@")  # a server of its own follows the name
    ]
    if not priced or any(price != priced[0] for price in priced):
        return None
    return Price(**priced[0]) if priced[0] else None
