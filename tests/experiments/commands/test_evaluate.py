"""`billp train`, and `billp evaluate` of what it has learned."""

import json
import shutil
from pathlib import Path

import pytest

from tests.experiments.tiny_runs import Done, billp, change_world, compare, figures, summary

pytestmark = pytest.mark.slow

ONE_SEED = ("--seeds", "1")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training alone."""
    folder = tmp_path_factory.mktemp("trained") / "run"
    sizes = ("--seeds", 2, "--episodes", 4, "--batch", 2, "--rounds", 4, "--no-report")
    done = billp("train", "--arm", "billp,reflexion", *sizes, "--out", folder)
    assert done.code == 0, done.err
    assert "on the training half, while learning" in done.out
    return folder


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))


def evaluate(trained: Path, folder: Path, *arguments: object) -> Done:
    return billp("evaluate", trained, "--episodes", 3, "--no-report", "--out", folder, *arguments)


def memories(folder: Path) -> dict[str, bytes]:
    """Every file of what was learned."""
    places = [path for path in folder.glob("cells/*/memory/**/*") if path.is_file()]
    return {str(path.relative_to(folder)): path.read_bytes() for path in places}


def test_what_was_trained_is_evaluated_without_being_changed(trained: Path, tmp_path: Path) -> None:
    before, folder = memories(trained), tmp_path / "evaluated"
    assert evaluate(trained, folder, "--evaluate", "both").code == 0
    assert memories(trained) == before
    told = json.loads(summary(folder))
    assert set(told["variants"]) == {"billp", "reflexion"}
    assert set(told["variants"]["billp"]["phases"]) == {"frozen", "online"}
    assert told["variants"]["billp"]["phases"]["frozen"]["episodes"] == 6


def test_an_evaluation_is_that_of_a_comparison_with_the_same_training(
    trained: Path, tmp_path: Path
) -> None:
    compared, apart = tmp_path / "compared", tmp_path / "apart"
    arms = ("--arms", "billp,reflexion", "--evaluate", "both")
    assert compare(compared, *arms).code == 0
    assert evaluate(trained, apart, "--evaluate", "both").code == 0
    for phase in ("frozen", "online"):
        assert figures(apart, "billp", phase) == figures(compared, "billp", phase)


def test_online_evaluation_begins_with_what_was_learned_and_learns_on_in_a_copy(
    trained: Path, tmp_path: Path
) -> None:
    both, alone = tmp_path / "both", tmp_path / "alone"
    assert evaluate(trained, both, "--evaluate", "both").code == 0
    assert evaluate(trained, alone, "--evaluate", "online").code == 0
    assert figures(alone, "billp", "online") == figures(both, "billp", "online")
    name = "cells/billp.0/{}/journal.jsonl"
    learned = (trained / name.format("memory")).read_bytes()
    online = (alone / name.format("online")).read_bytes()
    assert online.startswith(learned)
    assert len(online) > len(learned)


def test_other_arms_have_the_memories_of_billp(trained: Path, tmp_path: Path) -> None:
    before, folder = memories(trained), tmp_path / "evaluated"
    arms = ("--arms", "billp-shortlist,reflexion,react,offered-random")
    sizes = ("--episodes", 3, *ONE_SEED, "--rounds", 2, "--out", folder)
    done = billp("evaluate", trained, *arms, *sizes)
    assert (done.code, done.err) == (0, "")
    assert (
        "of the run run; billp-shortlist has those of billp" in (folder / "report.html").read_text()
    )
    told = " ".join(done.out.split())
    assert "memories: of the run run; billp-shortlist has those of billp" in told
    assert memories(trained) == before
    name = "cells/{}.0/memory/journal.jsonl"
    for arm, teacher in (("billp-shortlist", "billp"), ("reflexion", "reflexion")):
        assert (folder / name.format(arm)).read_bytes() == before[name.format(teacher)]
    assert set(json.loads(summary(folder))["variants"]) == set(arms[1].split(","))
    assert figures(folder, "react")["episodes"] == 3
    assert figures(folder, "react")["len"]["mean"] <= 2


def test_another_chat_model_plays_with_what_was_learned(trained: Path, tmp_path: Path) -> None:
    script, folder = tmp_path / "script.jsonl", tmp_path / "evaluated"
    replies = {"planner": "Show Puzzle.", "actor": "1", "critic": "7", "reflector": "They left."}
    script.write_text(
        "".join(json.dumps({"role": r, "reply": said}) + "\n" for r, said in replies.items())
    )
    changed = ("--model", f"scripted:{script}", "--arms", "act-only,billp", "--temperature", 0)
    done = evaluate(trained, folder, *changed)
    assert done.code == 0, done.err
    settings = json.loads((folder / "run.json").read_bytes())["settings"]
    assert {one["model"] for one in settings["variants"]} == {f"scripted:{script}"}
    assert settings["temperature"] == 0


def test_the_settings_of_an_evaluation_come_back_as_a_file_of_options(
    trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "evaluated"
    given = ("--arms", "billp-fused,react", "--rounds", 2, *ONE_SEED, "--choose", "title")
    assert evaluate(trained, folder, *given).code == 0
    told = billp("runs", "show", folder, "--toml").out
    assert told.startswith(f"# billp evaluate {trained} --config FILE\n")
    config = tmp_path / "again.toml"
    config.write_text(told)
    again = billp("evaluate", trained, "--config", config, "--no-report", "--out", folder)
    assert (again.code, again.err) == (0, "")


def test_what_a_training_cannot_give_is_refused(trained: Path, tmp_path: Path) -> None:
    for given, said in (
        (("--seeds", 3), f"{trained} has trained 2 seeds, not 3"),
        (("--arms", "billp-sham"), "billp-sham learns in a way of its own"),
        (("--arms", "bilp"), "unknown arm 'bilp': did you mean 'billp'?"),
        (("--model", "openai:x"), "model 'openai:x' needs a key"),
        (("--base-url", "http://me:secret@x/v1"), "an address must hold neither user"),
    ):
        done = evaluate(trained, tmp_path / "new", *given)
        assert (done.code, said in done.err) == (2, True), done.err
        assert not (tmp_path / "new").exists()


def test_an_evaluation_goes_on_by_the_same_command(trained: Path, tmp_path: Path) -> None:
    folder, undisturbed = tmp_path / "run", tmp_path / "undisturbed"
    assert evaluate(trained, folder, "--max-calls", 20).code == 3
    assert evaluate(trained, folder).code == 0
    assert evaluate(trained, undisturbed).code == 0
    assert summary(folder) == summary(undisturbed)


def test_a_training_that_was_stopped_is_not_evaluated(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    sizes = ("--episodes", 4, "--rounds", 4, *ONE_SEED, "--max-calls", 20)
    assert billp("train", *sizes, "--out", folder).code == 3
    done = evaluate(folder, tmp_path / "evaluated")
    assert done.code == 2
    assert f"{folder} has not trained 'billp' to the end" in done.err
    assert not (tmp_path / "evaluated").exists()


def test_a_training_of_failures_alone_is_not_evaluated(trained: Path, tmp_path: Path) -> None:
    folder = tmp_path / "trained"
    shutil.copytree(trained, folder)
    path = folder / "cells" / "billp.1" / "episodes.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    lost = [{**one, "error": {"type": "Gone", "message": "not now"}} for one in records]
    path.write_text("".join(f"{json.dumps(one)}\n" for one in lost))
    done = evaluate(folder, tmp_path / "evaluated")
    assert done.code == 2
    assert done.err == (
        f"billp: {folder}: 'billp', seed 1 has learned nothing, since every episode of its "
        "training failed, the last with Gone (not now): train anew into another folder\n"
    )
    assert not (tmp_path / "evaluated").exists()


@pytest.mark.parametrize("how", ["removed", "emptied"])
def test_memories_that_were_lost_are_not_evaluated_as_if_they_were_there(
    how: str, trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "trained"
    shutil.copytree(trained, folder)
    memory = folder / "cells" / "billp.1" / "memory"
    if how == "removed":
        shutil.rmtree(memory)
    else:
        (memory / "journal.jsonl").write_text("")
    done = evaluate(folder, tmp_path / "evaluated")
    assert done.code == 2
    assert f"{memory.parent} has lost its reflections, of which training left " in done.err


def test_what_was_trained_in_a_world_that_changed_since_is_not_evaluated(
    trained: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "trained"
    shutil.copytree(trained, folder)
    change_world(folder)
    done = evaluate(folder, tmp_path / "evaluated")
    assert done.code == 2
    assert f"world 'demo' has changed since {folder} trained in it" in done.err


def test_a_folder_that_trained_nothing_is_not_evaluated(trained: Path, tmp_path: Path) -> None:
    assert compare(tmp_path / "idle", "--arms", "random", *ONE_SEED).code == 0
    done = evaluate(tmp_path / "idle", tmp_path / "new")
    assert (done.code, "has trained nothing" in done.err) == (2, True)
    done = evaluate(tmp_path, tmp_path / "new")
    assert (done.code, "is not a run's folder" in done.err) == (2, True)
    assert evaluate(trained, tmp_path / "evaluated").code == 0
    done = evaluate(tmp_path / "evaluated", tmp_path / "new")
    assert (done.code, f"it evaluates {trained}" in done.err) == (2, True)
    assert not (tmp_path / "new").exists()
