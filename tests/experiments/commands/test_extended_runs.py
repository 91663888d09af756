"""A run that was finished is extended by the same command with larger settings."""

from pathlib import Path

import pytest

from tests.experiments.tiny_runs import billp, calls, compare, journals, summary

pytestmark = pytest.mark.slow

BASE = ("--arms", "random,billp", "--seeds", "1")
LARGER = ("--arms", "random,react,billp", "--seeds", "2", "--episodes", "5")
ONLINE = ("--evaluate", "both")
QUICK = ("--transitions", "300")


def test_more_episodes_seeds_and_arms_give_what_a_run_begun_with_them_gives(tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    assert compare(grown, *BASE).code == 0
    first = calls(grown)
    done = compare(grown, *LARGER)
    assert (done.code, done.err) == (0, "")
    assert compare(whole, *LARGER).code == 0
    assert summary(grown) == summary(whole)
    assert journals(grown) == journals(whole)
    assert calls(grown)[: len(first)] == first
    assert len(calls(grown)) == len(calls(whole))


def test_a_baseline_is_not_trained_again_for_more_episodes(tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    arms = ("--arms", "a2c-sampled,crr", "--seeds", "1", *QUICK, "--updates", "20")
    assert compare(grown, *arms).code == 0
    agents = [path.read_bytes() for path in sorted(grown.glob("cells/*/agent.safetensors"))]
    assert len(agents) == 2
    assert compare(grown, *arms, "--episodes", "6").code == 0
    assert [p.read_bytes() for p in sorted(grown.glob("cells/*/agent.safetensors"))] == agents
    assert compare(whole, *arms, "--episodes", "6").code == 0
    assert summary(grown) == summary(whole)


def test_an_evaluation_that_learns_on_is_added_and_grows_by_whole_batches(tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    arms = ("--arms", "billp", "--seeds", "1")
    assert compare(grown, *arms, "--episodes", "2").code == 0
    assert compare(grown, *arms, *ONLINE, "--episodes", "2").code == 0
    assert compare(grown, *arms, *ONLINE, "--episodes", "3").code == 0
    assert compare(whole, *arms, *ONLINE, "--episodes", "3").code == 0
    assert summary(grown) == summary(whole)
    assert journals(grown) == journals(whole)
    refused = compare(grown, *arms, *ONLINE, "--episodes", "4")
    assert refused.code == 2
    assert "episodes: 3 -> 4" in refused.err


def test_a_training_alone_grows_and_one_that_was_evaluated_does_not(tmp_path: Path) -> None:
    grown, whole = tmp_path / "grown", tmp_path / "whole"
    train = ("train", "--seeds", "1", "--batch", "2", "--rounds", "4", "--no-report", "--out")
    assert billp(*train, grown, "--episodes", "2").code == 0
    assert billp(*train, grown, "--episodes", "4").code == 0
    assert billp(*train, whole, "--episodes", "4").code == 0
    assert summary(grown) == summary(whole)
    assert journals(grown) == journals(whole)

    compared = tmp_path / "compared"
    assert compare(compared, "--arms", "billp", "--seeds", "1").code == 0
    before = summary(compared)
    refused = compare(compared, "--arms", "billp", "--seeds", "1", "--train-episodes", "6")
    assert refused.code == 2
    assert f"{compared} was begun with other settings: train_episodes: 4 -> 6; " in refused.err
    assert "a run can be extended by more --episodes, --seeds and --arms" in refused.err
    assert summary(compared) == before
