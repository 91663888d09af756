"""One look per variant, the same in every chart."""

import json
from collections.abc import Mapping
from typing import NamedTuple

from experiments.runs.variants import Variant

HUES = 8  # --hue-0 to --hue-7 in theme.css, distinct also under colour blindness
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
    """A colour and, where colours run out, a pattern of dashes."""

    hue: int
    dash: int


def family(variant: Variant) -> str:
    """A key shared by variants that differ only in the quit rule's window."""
    changes = {name: value for name, value in variant.changes.items() if name != "window"}
    return json.dumps([variant.method, variant.model, changes], sort_keys=True)


def looks(variants: Mapping[str, Variant]) -> dict[str, Look]:
    """Families get colours in order; their members, and the ninth family on, get dashes."""
    families = list(dict.fromkeys(family(variant) for variant in variants.values()))
    members: dict[str, int] = {}
    found = {}
    for name, variant in variants.items():
        at, member = families.index(family(variant)), members.get(family(variant), 0)
        members[family(variant)] = member + 1
        found[name] = Look(at % HUES, (at // HUES + member) % len(DASHES))
    return found
