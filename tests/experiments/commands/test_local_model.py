"""Commands with a model file of this machine: a tiny one, whose replies are noise."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from models import ModelSpec, exact_name
from models.local import engine_process
from tests.experiments.tiny_runs import billp, calls
from tests.models.local.gguf_files import chatting, weights, write_gguf

SMALL = ("--seeds", 1, "--train-episodes", 1, "--episodes", 1, "--rounds", 2, "--no-report")


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A model whose tokens are bytes, so that a prompt has many."""
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("BILLP_LOCAL_CONTEXT", "16384")
    changes = {"llama__context_length": 16384}
    path = write_gguf(tmp_path / "tiny.gguf", chatting(**changes), weights())
    yield path
    engine_process.forget(path)


@pytest.mark.slow
def test_a_comparison_is_free_names_the_hash_and_has_a_slot_for_each_episode(
    model: Path, tmp_path: Path
) -> None:
    options = (*SMALL, "--arms", "act-only", "--max-money", 1, "--concurrency", 3)
    done = billp("compare", "--model", f"local:{model}", *options, "--out", tmp_path / "run")
    assert done.code == 0, done.err
    name = exact_name(ModelSpec(f"local:{model}"))
    asked = calls(tmp_path / "run")
    assert {call["model"] for call in asked} == {name}
    assert len(asked) >= 2
    prices = json.loads((tmp_path / "run" / "run.json").read_text())["prices"]
    assert prices[name] == {"input": 0.0, "cached": 0.0, "output": 0.0}
    assert engine_process.engines()[model].size.slots == 3


def test_an_estimate_needs_no_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    done = billp(
        "estimate", "--model", "local", "--arms", "act-only", "--episodes", 1, "--rounds", 2
    )
    assert done.code == 0, done.err
    assert "$0.0000" in done.out


@pytest.mark.parametrize("command", ["compare", "demo", "play"])
def test_a_file_that_is_none_is_refused_in_one_line(command: str, tmp_path: Path) -> None:
    path = tmp_path / "page.gguf"
    path.write_text("<html>not found</html>")
    done = billp(command, "--model", f"local:{path}")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"billp: {path} is no GGUF file")
    assert done.err.count("\n") == 1
