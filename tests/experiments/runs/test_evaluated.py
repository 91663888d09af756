"""What an evaluation plays, and whose memories its arms have."""

import re
from collections.abc import Sequence
from pathlib import Path

import pytest

from experiments.errors import RunError
from experiments.runs.evaluated import evaluated_variants
from experiments.runs.settings import RunSettings
from experiments.runs.variants import Variant, variants
from nodes import Arm

RUN = Path("runs/mine")
OWN = Arm("critic-only", plans=False, reflects=False, criticises=True, tools=("search",))


def trained(*arms: str | Arm, preset: str = "table3") -> RunSettings:
    made = tuple(variants(preset, arms, ("offline",)))  # type: ignore[arg-type]
    return RunSettings(preset="train", world="demo", variants=made)


def played(
    before: RunSettings, arms: Sequence[str | Arm] | None = None, model: str | None = None
) -> dict[str, Variant]:
    return {one.name: one for one in evaluated_variants(RUN, before, arms, model)}


def test_usually_the_arms_that_learned_are_played_as_they_were() -> None:
    before = trained("billp", "react", "reflexion", "random")
    assert played(before) == {"billp": before.variants[0], "reflexion": before.variants[2]}


def test_an_arm_has_its_own_memories_or_those_of_billp() -> None:
    before = trained("billp", "billp-no-macro")
    arms = ("billp-no-macro", "billp-shortlist", "reflexion", "react", "offered-random", "react")
    found = {name: one.memory_of for name, one in played(before, arms).items()}
    assert found == {
        "billp-no-macro": None,
        "billp-shortlist": "billp",
        "reflexion": "billp",
        "react": None,
        "offered-random": None,
    }


def test_without_billp_the_only_arm_that_learned_lends_its_memories() -> None:
    assert played(trained("reflexion"), ["billp"])["billp"].memory_of == "reflexion"
    said = f"{RUN} has trained reflexion, billp-fused, but neither 'billp-no-macro' nor 'billp'"
    with pytest.raises(RunError, match=re.escape(said)):
        played(trained("reflexion", "billp-fused"), ["billp-no-macro"])


def test_another_chat_model_plays_every_arm_and_no_policy() -> None:
    found = played(trained("billp"), ["billp", "react", "offered-taste"], "openai:x")
    models = {name: one.model for name, one in found.items()}
    assert models == {"billp": "openai:x", "react": "openai:x", "offered-taste": None}
    assert played(trained("billp"), None, "openai:x")["billp"].model == "openai:x"


def test_an_arm_of_ones_own_is_evaluated_by_its_name_or_as_itself() -> None:
    before = trained(OWN)
    for arm in ("critic-only", OWN):
        one = played(before, [arm], "openai:x")["critic-only"]
        assert (one.own, one.model, one.memory_of) == (OWN, "openai:x", None)


@pytest.mark.parametrize("arm", ["billp-sham", "billp-shuffled", "dqn", "cql-sampled"])
def test_what_learns_in_a_way_of_its_own_has_nobody_elses_memories(arm: str) -> None:
    with pytest.raises(RunError, match=f"^{arm} learns in a way of its own: play it with"):
        played(trained("billp"), [arm])


def test_a_control_that_was_trained_is_evaluated() -> None:
    assert played(trained("billp-shuffled"), ["billp-shuffled"])["billp-shuffled"].learns


@pytest.mark.parametrize("preset", ["figure5", "table6"])
def test_variants_of_an_arm_are_evaluated_as_they_are(preset: str) -> None:
    before = trained("billp", preset=preset)
    assert tuple(played(before).values()) == before.variants
    for arms, model in ((["billp"], None), (None, "openai:x")):
        with pytest.raises(
            RunError, match=f"{RUN} has variants of an arm, {before.variants[0].name}"
        ):
            played(before, arms, model)
