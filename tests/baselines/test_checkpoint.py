"""A stopped training goes on as if it never stopped, and takes nothing for its own that is not."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from baselines import METHODS, BaselineError, MethodSettings, Trained, TrainingProgress, train
from simulator import World
from tests.baselines.conftest import quick, toy_world

SHORT: dict[str, dict[str, Any]] = {
    name: {"transitions": 2_000} if method.learner.online else {"updates": 60}
    for name, method in METHODS.items()
}


class StoppedError(Exception):
    """Somebody pressed a key."""


def short(name: str) -> MethodSettings:
    return quick(name, **SHORT[name])


def stopping(share: float) -> TrainingProgress:
    """Interrupts once this share of the budget is spent."""

    def progress(done: int, total: int, figures: Mapping[str, float]) -> None:
        if done >= share * total:
            raise StoppedError

    return progress


def weights(trained: Trained) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in trained.learner.state_dict().values()]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "checkpoint.safetensors"


@pytest.mark.parametrize("name", METHODS)
def test_stopped_and_resumed_ends_as_if_never_stopped(name: str, toy: World, path: Path) -> None:
    for share in (0.5, 0.75):
        with pytest.raises(StoppedError):
            train(name, toy, 3, short(name), checkpoint=path, progress=stopping(share))
    resumed = train(name, toy, 3, short(name), checkpoint=path)
    uninterrupted = train(name, toy, 3, short(name))
    assert weights(resumed) == weights(uninterrupted)
    assert resumed.curve == uninterrupted.curve
    assert resumed.data == uninterrupted.data


@pytest.mark.parametrize("name", METHODS)
def test_what_is_finished_is_not_learnt_again(name: str, toy: World, path: Path) -> None:
    told: list[int] = []
    first = train(name, toy, 3, short(name), checkpoint=path)
    again = train(
        name, toy, 3, short(name), checkpoint=path, progress=lambda done, *_: told.append(done)
    )
    assert told == []
    assert weights(again) == weights(first)
    assert again.curve == first.curve


def test_a_stop_before_anything_was_kept_begins_anew(toy: World, path: Path) -> None:
    with pytest.raises(StoppedError):
        train("a2c", toy, 3, short("a2c"), checkpoint=path, progress=stopping(0.0))
    assert not path.exists()
    assert weights(train("a2c", toy, 3, short("a2c"), checkpoint=path)) == weights(
        train("a2c", toy, 3, short("a2c"))
    )


def test_a_write_that_was_cut_off_leaves_the_former_checkpoint(toy: World, path: Path) -> None:
    with pytest.raises(StoppedError):
        train("a2c", toy, 3, short("a2c"), checkpoint=path, progress=stopping(0.5))
    path.with_name(path.name + ".partial").write_bytes(b"half of")
    resumed = train("a2c", toy, 3, short("a2c"), checkpoint=path)
    assert weights(resumed) == weights(train("a2c", toy, 3, short("a2c")))


def refusal(toy: World, path: Path, name: str = "a2c", seed: int = 3, **changes: Any) -> str:
    """What is said of a checkpoint of A2C with seed 3 when something else is asked for."""
    if not path.exists():
        train("a2c", toy, 3, short("a2c"), checkpoint=path)
    world = changes.pop("world", toy)
    chosen = replace(short(name), **changes)
    with pytest.raises(BaselineError) as refused:
        train(name, world, seed, chosen, checkpoint=path)
    said = str(refused.value)
    assert "\n" not in said
    assert "train anew into another file" in said
    return said


def test_a_checkpoint_of_another_method_is_refused(toy: World, path: Path) -> None:
    assert "of another method ('a2c', not 'dqn')" in refusal(toy, path, "dqn")


def test_a_checkpoint_of_another_seed_is_refused(toy: World, path: Path) -> None:
    assert "of another seed (3, not 4)" in refusal(toy, path, seed=4)


def test_a_checkpoint_of_other_settings_is_refused(toy: World, path: Path) -> None:
    assert "of another settings (gamma=0.9, not gamma=0.5)" in refusal(toy, path, gamma=0.5)


def test_a_checkpoint_of_another_size_is_refused(toy: World, path: Path) -> None:
    assert "(hidden=32, not hidden=33)" in refusal(toy, path, hidden=33)


def test_a_checkpoint_of_another_world_is_refused(toy: World, path: Path) -> None:
    assert "of another world (digest=" in refusal(toy, path, world=toy_world(seed=1))


def test_a_checkpoint_of_a_world_built_anew_is_refused(toy: World, path: Path) -> None:
    assert "of another world (digest=" in refusal(toy, path, world=replace(toy, digest="other"))


def test_a_checkpoint_of_users_with_another_patience_is_refused(toy: World, path: Path) -> None:
    rule = toy.rule.with_window(3)
    assert "of another world (rule=" in refusal(toy, path, world=replace(toy, rule=rule))


def test_a_checkpoint_of_fewer_users_is_refused(toy: World, path: Path) -> None:
    fewer = replace(toy, histories=toy.histories[:20])
    assert "(users=24" in refusal(toy, path, world=fewer)


@pytest.mark.parametrize("content", [b"", b"no checkpoint at all", b"\xff" * 4096])
def test_a_file_that_is_no_checkpoint_is_refused(content: bytes, toy: World, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    assert "is no whole checkpoint" in refusal(toy, path)


def test_a_checkpoint_cut_short_is_refused(toy: World, path: Path) -> None:
    train("a2c", toy, 3, short("a2c"), checkpoint=path)
    path.write_bytes(path.read_bytes()[:-100])
    assert "is no whole checkpoint" in refusal(toy, path)


def test_tensors_of_something_else_are_refused(toy: World, path: Path) -> None:
    train("a2c", toy, 3, short("a2c"), checkpoint=path)
    save_file(load_file(path), path)
    assert "is no whole checkpoint" in refusal(toy, path)


@pytest.mark.parametrize("missing", ["weights.actor.biases", "kept.users", "best.actor.biases"])
def test_a_checkpoint_without_one_of_its_tensors_is_refused(
    missing: str, toy: World, path: Path
) -> None:
    train("a2c", toy, 3, short("a2c"), checkpoint=path)
    tensors, facts = load_file(path), metadata(path)
    del tensors[missing]
    save_file(tensors, path, {"billp": json.dumps(facts)})
    assert "was altered after it was written" in refusal(toy, path)


def test_a_checkpoint_with_another_number_in_it_is_refused(toy: World, path: Path) -> None:
    train("a2c", toy, 3, short("a2c"), checkpoint=path)
    tensors, facts = load_file(path), metadata(path)
    tensors["best.actor.biases"][0, 0] += 1.0
    save_file(tensors, path, {"billp": json.dumps(facts)})
    assert "was altered after it was written" in refusal(toy, path)


def test_a_checkpoint_of_a_later_version_is_refused(toy: World, path: Path) -> None:
    train("a2c", toy, 3, short("a2c"), checkpoint=path)
    facts = metadata(path) | {"schema": 2}
    save_file(load_file(path), path, {"billp": json.dumps(facts)})
    assert "has schema 2, this version reads 1" in refusal(toy, path)


def test_a_place_that_cannot_be_written_is_told_in_one_line(toy: World, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BaselineError, match=r"cannot be written .*: name a file in a folder"):
        train("a2c", toy, 3, short("a2c"), checkpoint=tmp_path / "file" / "checkpoint")


def metadata(path: Path) -> dict[str, Any]:
    with safe_open(path, "pt") as file:
        facts: dict[str, Any] = json.loads(file.metadata()["billp"])
    return facts
