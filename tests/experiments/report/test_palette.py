"""Colours by group of methods."""

from experiments.report.palette import BILLP, FAMILIES, GROUPS, Look, in_groups, looks
from tests.experiments.made_records import variant
from tests.experiments.made_runs import variant_named

NAMES = ("random", "oracle", "sqn", "crr", "bcq", "cql", "act-only", "billp", "billp-no-macro")
TABLE = {name: variant(name) for name in NAMES}


def test_each_group_of_methods_has_shades_of_its_own_and_billp_none_of_them() -> None:
    found = looks(TABLE)
    assert found["billp"] == Look(BILLP, 0)
    for name, look in found.items():
        if name != "billp":
            assert look.hue in FAMILIES[TABLE[name].kind]


def test_no_two_variants_look_the_same() -> None:
    assert len(set(looks(TABLE).values())) == len(TABLE)


def test_of_several_chat_models_the_first_billp_stands_out() -> None:
    several = {m: variant_named(m, "billp", model=m) for m in ("one", "two")}
    found = looks(several)
    assert found["one"].hue == BILLP
    assert found["two"].hue in FAMILIES["llm"]


def test_windows_of_a_method_share_its_colour() -> None:
    sweep = {f"billp W={w}": variant_named(f"billp W={w}", "billp", window=w) for w in (2, 4)}
    assert {look.hue for look in looks(sweep).values()} == {BILLP}


def test_groups_come_in_one_order_and_empty_ones_not_at_all() -> None:
    assert list(in_groups(TABLE, NAMES)) == list(GROUPS.values())
    assert in_groups(TABLE, ("billp", "oracle")) == {
        "Reference policies": ["oracle"],
        "Chat models": ["billp"],
    }
