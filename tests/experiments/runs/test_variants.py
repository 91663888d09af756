"""What a preset compares, and how methods are named."""

import re
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines import METHODS
from experiments.errors import RunError
from experiments.runs.methods import OFFERED_NOTES
from experiments.runs.presets import PRESETS, Preset
from experiments.runs.variants import DEFAULT_METHODS, SAMPLED, WINDOWS, Variant, variant, variants
from graph.arms import ARMS
from simulator.policies import POLICIES

OFFLINE = ("offline",)
KNOWN = (*ARMS, *POLICIES, *OFFERED_NOTES, *METHODS)


def named(made: Sequence[Variant]) -> list[str]:
    return [one.name for one in made]


@pytest.mark.parametrize("preset", PRESETS)
def test_every_preset_has_methods_of_its_own_that_are_known(preset: Preset) -> None:
    made = variants(preset, None, OFFLINE)
    assert len(named(made)) == len(set(named(made))) > 0
    assert {one.method for one in made} == set(DEFAULT_METHODS[preset])
    assert {one.method for one in made} <= set(KNOWN)


def test_table3_compares_policies_baselines_and_agents_with_billp() -> None:
    made = variants("table3", None, OFFLINE)
    assert {one.method for one in made if one.kind == "policy"} == {*POLICIES, *OFFERED_NOTES}
    assert {one.method for one in made if one.kind == "rl"} == set(METHODS)
    agents = [one.method for one in made if one.kind == "llm"]
    assert agents == ["act-only", "react", "reflexion", "billp"]


def test_table5_takes_a_level_away_from_billp() -> None:
    assert named(variants("table5", None, OFFLINE)) == ["billp-no-macro", "billp-no-micro", "billp"]


def test_table6_is_one_method_with_each_chat_model() -> None:
    made = variants("table6", None, ("offline", "openai:a", "openai:b", "offline"))
    assert named(made) == ["billp offline", "billp openai:a", "billp openai:b"]
    assert [one.model for one in made] == ["offline", "openai:a", "openai:b"]


def test_table6_has_a_policy_once_since_it_asks_no_chat_model() -> None:
    made = variants("table6", ("random", "react"), ("openai:a", "openai:b"))
    assert named(made) == ["random", "react openai:a", "react openai:b"]
    assert made[0].model is None


@pytest.mark.parametrize("preset", [one for one in PRESETS if one != "table6"])
def test_several_chat_models_are_for_table6_alone(preset: Preset) -> None:
    with pytest.raises(RunError, match="takes one --model; 'table6' compares several: a, b"):
        variants(preset, None, ("a", "b"))


def test_figure5_plays_each_method_with_every_window() -> None:
    made = variants("figure5", ("greedy", "billp"), OFFLINE)
    assert named(made)[:7] == [f"greedy W={window}" for window in range(2, 9)]
    assert [one.changes for one in made if one.method == "billp"] == [
        {"window": window} for window in WINDOWS
    ]


def test_other_presets_leave_the_window_to_the_world() -> None:
    for preset in set(PRESETS) - {"figure5"}:
        assert not any(one.changes for one in variants(preset, None, OFFLINE))


def test_named_methods_replace_the_presets_own_each_once() -> None:
    made = variants("table5", ("react", "random", "react"), OFFLINE)
    assert named(made) == ["react", "random"]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("bilp", "unknown arm 'bilp': did you mean 'billp'?"),
        ("reflection", "did you mean 'reflexion'?"),
        ("gredy", "did you mean 'greedy'?"),
        ("BILLP-NO-MICRO", "known: act-only, react"),
        ("", "known: act-only, react"),
    ],
)
def test_an_unknown_method_is_told_the_nearest_one(name: str, told: str) -> None:
    with pytest.raises(RunError, match=re.escape(told)):
        variant(name, "offline")


@pytest.mark.parametrize("method", METHODS)
def test_a_baseline_may_draw_by_its_scores(method: str) -> None:
    best, drawn = variant(method, "offline"), variant(method + SAMPLED, "offline")
    assert (best.method, best.sampled, best.model) == (method, False, None)
    assert (drawn.method, drawn.sampled, drawn.name) == (method, True, method + SAMPLED)


def test_a_chat_model_concerns_arms_alone() -> None:
    assert {variant(name, "openai:x").model for name in ARMS} == {"openai:x"}
    assert {variant(name, "openai:x").model for name in POLICIES} == {None}


def test_those_learn_that_have_a_reflector_or_a_critic() -> None:
    learners = {name for name in KNOWN if variant(name, "offline").learns}
    assert learners == ARMS.keys() - {"act-only", "react"}
    judges = {name for name in KNOWN if variant(name, "offline").judges}
    assert judges == learners - {"reflexion", "billp-no-micro"}


@given(names=st.sets(st.text(min_size=1, max_size=12), min_size=2, max_size=6))
def test_folders_of_variants_are_plain_names_and_never_the_same(names: set[str]) -> None:
    folders = [Variant(name, "llm", "billp", "offline").folder for name in names]
    assert len(set(folders)) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9._@=-]+", folder) for folder in folders)
