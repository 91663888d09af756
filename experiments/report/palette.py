"""One look per variant, the same in every chart: groups of methods are families of colour."""

import json
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from experiments.runs.variants import Kind, Variant

BILLP = 0  # the one hue that is no family's
FAMILIES: Mapping[Kind, tuple[int, ...]] = {"llm": (1, 2, 3), "rl": (4, 5, 6), "policy": (7, 8, 9)}
HUES = 10  # --hue-0 to --hue-9 in graph/app/static/theme.css, distinct also under colour blindness
GROUPS: Mapping[Kind, str] = {
    "policy": "Reference policies",
    "rl": "Reinforcement learning",
    "llm": "Chat models",
}
DASHES: tuple[tuple[int, ...], ...] = (
    (1, 0),
    (6, 3),
    (2, 2),
    (9, 3, 2, 3),
    (13, 3),
    (1, 4),
    (9, 2, 2, 2, 2, 2),
    (4, 6),
)


class Look(NamedTuple):
    """A colour and, where the shades of its family run out, a pattern of dashes."""

    hue: int
    dash: int


def family(variant: Variant) -> str:
    """A key shared by variants that differ only in the quit rule's window."""
    changes = {name: value for name, value in variant.changes.items() if name != "window"}
    return json.dumps([variant.method, variant.model, changes], sort_keys=True)


def looks(variants: Mapping[str, Variant]) -> dict[str, Look]:
    """BiLLP has a colour of its own, each group of methods shades of one; the rest are dashes."""
    families: dict[str, Variant] = {}
    for variant in variants.values():
        families.setdefault(family(variant), variant)
    leader = next((key for key, one in families.items() if one.method == "billp"), None)
    places: dict[str, tuple[int, int]] = {}
    for kind, shades in FAMILIES.items():
        keys = [key for key, one in families.items() if one.kind == kind and key != leader]
        places |= {key: (shades[n % len(shades)], n // len(shades)) for n, key in enumerate(keys)}
    if leader:
        places[leader] = (BILLP, 0)
    members: dict[str, int] = {}
    found = {}
    for name, variant in variants.items():
        (hue, dash), member = places[family(variant)], members.get(family(variant), 0)
        members[family(variant)] = member + 1
        found[name] = Look(hue, (dash + member) % len(DASHES))
    return found


def in_groups(variants: Mapping[str, Variant], names: Iterable[str]) -> dict[str, list[str]]:
    """These variants by the group of their method: reference, reinforcement learning, chat."""
    names = list(names)
    found = {
        label: [name for name in names if variants[name].kind == kind]
        for kind, label in GROUPS.items()
    }
    return {label: members for label, members in found.items() if members}
