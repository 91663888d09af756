"""The paper's own figures."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments.report.paper_tables import paper_tables, published
from experiments.runs.variants import Variant
from graph.arms import ARMS
from tests.experiments import made_records

PAPER = Path(__file__).resolve().parents[4] / "shared" / "paper" / "billp-sigir24.txt"


def variant(method: str, model: str | None = "offline", **changes: Any) -> Variant:
    return replace(made_records.variant(method), model=model, changes=changes)


def test_every_arm_and_every_rl_method_of_the_paper_has_figures_in_both_worlds() -> None:
    new = {"billp-fused", "billp-shortlist", "billp-shuffled", "billp-sham"}
    methods = {*ARMS.keys() - new, "sqn", "crr", "bcq", "cql", "dqn", "a2c", "dorl"}
    for world in ("steam", "amazon-book"):
        assert all(published(world, variant(method)) for method in methods)


def test_the_figures_are_those_of_the_method_in_its_world() -> None:
    steam = published("steam", variant("billp"))
    amazon = published("amazon-book", variant("billp"))
    assert steam is not None
    assert amazon is not None
    assert (steam.label, steam.metrics["r_traj"]) == ("BiLLP", (69.193, 1.590))
    assert amazon.metrics["len"] == (9.413, 0.190)


@pytest.mark.parametrize(
    ("model", "label"),
    [
        ("openai:gpt-4-32k", "BiLLP, GPT-4-32k"),
        ("openai:gpt-4", "BiLLP, GPT-4-32k"),
        ("openai:llama-2-7b-chat", "BiLLP, Llama-2-7B"),
        ("openai:gpt-4o", "BiLLP"),
        ("openai:gpt-3.5-turbo-16k", "BiLLP"),
        (None, "BiLLP"),
    ],
)
def test_other_base_models_of_the_paper_are_told_apart(model: str | None, label: str) -> None:
    found = published("steam", variant("billp", model))
    assert found is not None
    assert found.label == label


def test_other_worlds_policies_and_windows_have_none() -> None:
    assert published("demo", variant("billp")) is None
    assert published("steam", variant("random")) is None
    assert published("steam", variant("billp", window=2)) is None
    assert published("steam", variant("billp", window=4)) is not None


def test_every_number_is_as_printed() -> None:
    if not PAPER.is_file():
        pytest.skip(f"the paper's text is not at {PAPER}")
    text = PAPER.read_text(encoding="utf-8")
    for lines in paper_tables().values():
        for line in lines.values():
            for mean, spread in line.metrics.values():
                assert f"{mean:.3f} ± {spread:.3f}" in text
