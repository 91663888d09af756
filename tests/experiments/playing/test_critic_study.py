"""Figure 4: what the Critic says of states beside what sessions from there were worth."""

import json
import math
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.playing.critic_study import DEPTHS, CriticRecords, StudiedState, discounted_return
from tests.experiments.tiny_runs import calls, compare, moody, records, summary

pytestmark = pytest.mark.slow

CHAT_MODEL = "graph.load.connect"
STATES, ESTIMATES, ROLLOUTS = 3, 2, 8  # so many that chance shows: most sessions are alike
EPISODES = 2  # fewer than states
STUDY = (
    *("--preset", "figure4", "--seeds", "1", "--rounds", "5", "--episodes", str(EPISODES)),
    *("--states", STATES, "--estimates", ESTIMATES, "--rollouts", ROLLOUTS),
)
ratings = st.floats(0, 5)


@pytest.fixture(scope="module")
def studied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("critic") / "run"
    done = compare(folder, *STUDY)
    assert done.code == 0, done.err
    return folder


def critic(folder: Path) -> Any:
    return json.loads((folder / "critic.json").read_text())


@given(said=st.lists(ratings, min_size=1), true=st.lists(ratings, min_size=1))
def test_the_bias_is_the_mean_estimate_less_the_mean_return(
    said: list[float], true: list[float]
) -> None:
    figures = StudiedState(1, 1, said, true).figures()
    assert figures["bias"] == pytest.approx(sum(said) / len(said) - sum(true) / len(true), abs=2e-6)
    assert (figures["estimate_sd"] is None) == (len(said) == 1)
    assert (figures["return_sd"] is None) == (len(true) == 1)


@given(rewards=st.lists(ratings, max_size=20), gamma=st.floats(0, 0.99))
def test_a_rating_is_worth_less_by_gamma_with_every_round_that_it_comes_later(
    rewards: list[float], gamma: float
) -> None:
    steps = [{"reward": reward} for reward in rewards]
    expected = sum(reward * math.pow(gamma, n) for n, reward in enumerate(rewards))
    assert discounted_return(steps, gamma) == pytest.approx(expected, abs=1e-4)


def test_as_many_states_are_studied_as_asked_for_at_several_depths(studied: Path) -> None:
    found = critic(studied)
    assert (found["variant"], found["gamma"]) == ("billp", 0.5)
    assert [len(state["estimates"]) for state in found["states"]] == [ESTIMATES] * STATES
    assert [len(state["returns"]) for state in found["states"]] == [ROLLOUTS] * STATES
    assert len({state["user"] for state in found["states"]}) == STATES
    assert all(
        1 <= state["round"] <= rounds_in + 1
        for state, rounds_in in zip(found["states"], DEPTHS, strict=False)
    )
    assert {state["round"] for state in found["states"]} > {1}


def test_the_first_states_are_those_of_evaluated_users(studied: Path) -> None:
    frozen = [one for one in records(studied, "billp.0") if one["phase"] == "frozen"]
    met = [one["user"] for one in sorted(frozen, key=lambda one: one["number"])]
    assert [state["user"] for state in critic(studied)["states"]][:EPISODES] == met


def test_each_estimate_is_told_with_the_reply_and_the_memory_that_it_is_made_of(
    studied: Path,
) -> None:
    for state in critic(studied)["states"]:
        parts = zip(state["estimates"], state["replies"], state["recalled"], strict=True)
        for made, reply, recalled in parts:
            assert min(reply, recalled) - 1e-3 <= made <= max(reply, recalled) + 1e-3


def test_estimates_of_an_earlier_version_are_refused(studied: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    shutil.copytree(studied, folder)
    (folder / "critic.json").unlink()
    lines = [json.loads(line) for line in (folder / "critic.jsonl").read_text().splitlines()]
    older = [{**o, "value": o["value"][0]} if o["what"] == "estimate" else o for o in lines]
    (folder / "critic.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in older))
    done = compare(folder, *STUDY)
    assert done.code == 2
    assert "critic.jsonl is of an earlier version: delete it" in done.err


def test_sessions_from_a_state_differ_and_lie_within_what_ratings_allow(studied: Path) -> None:
    for state in critic(studied)["states"]:
        assert all(0 < value < 10 for value in state["returns"])
        assert len(set(state["returns"])) > 1


def test_the_summary_holds_the_study(studied: Path) -> None:
    told = json.loads(summary(studied))["critic"]
    assert told["variant"] == "billp"
    names = [one["estimator"] for one in told["estimators"]]
    assert names == ["reply alone", "memory alone", "V(s)", "one return"]
    assert [state["bias"] for state in told["states"]] == [
        pytest.approx(state["bias"], abs=1e-6) for state in critic(studied)["states"]
    ]


def test_a_study_that_is_finished_is_not_begun_again(studied: Path) -> None:
    asked = len(calls(studied))
    assert compare(studied, *STUDY).code == 0
    assert len(calls(studied)) == asked
    assert not list(studied.glob("*.sqlite*"))


def test_a_damaged_study_is_refused_and_made_again_of_what_was_found(
    studied: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    shutil.copytree(studied, folder)
    (folder / "critic.json").write_text("{")
    done = compare(folder, *STUDY)
    assert done.code == 2
    assert done.err == (
        f"billp: {folder / 'critic.json'} is damaged: delete it and give the run's command again\n"
    )
    (folder / "critic.json").unlink()
    assert compare(folder, *STUDY).code == 0
    assert critic(folder) == critic(studied)
    assert len(calls(folder)) == len(calls(studied))


@pytest.mark.parametrize("more", [1, 30, 120])
def test_a_study_that_was_stopped_goes_on_to_the_same_result(
    more: int, studied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(CHAT_MODEL, moody(dice=random.Random(more)))
    played = sum(u["calls"] for one in records(studied, "billp.0") for u in one["usage"])
    folder = tmp_path / "run"
    stopped = compare(folder, *STUDY, "--max-calls", played + more)
    assert (stopped.code, len(calls(folder))) == (3, played + more)
    assert not (folder / "critic.json").exists()

    assert compare(folder, *STUDY).code == 0
    assert critic(folder) == critic(studied)
    assert summary(folder) == summary(studied)
    unfinished = len(calls(folder)) - len(calls(studied))
    sessions_under_way, longest = 8, 5 * 3 + 2
    assert 0 <= unfinished <= sessions_under_way * longest


def test_a_call_that_fails_stops_the_study_and_loses_nothing(
    studied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = list[str]()
    played = sum(u["calls"] for one in records(studied, "billp.0") for u in one["usage"])

    def fail(prompt: str) -> None:
        asked.append(prompt)
        if len(asked) == played + 50:
            raise RuntimeError("the server hung up")

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(CHAT_MODEL, moody(fail))
        done = compare(folder, *STUDY)
    assert done.code == 3
    assert "stopped: the Critic's study met RuntimeError (the server hung up); " in done.out
    assert "give the same command again to go on" in done.out
    known = CriticRecords(folder / "critic.jsonl").found
    assert known

    assert compare(folder, *STUDY).code == 0
    assert critic(folder) == critic(studied)
    assert known.items() <= CriticRecords(folder / "critic.jsonl").found.items()


def test_other_presets_study_no_critic(tmp_path: Path) -> None:
    assert compare(tmp_path / "run", "--arms", "random").code == 0
    assert json.loads(summary(tmp_path / "run"))["critic"] is None


def test_a_study_whose_checkpoints_were_deleted_says_what_to_delete_besides(
    studied: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    assert compare(folder, *STUDY, "--max-calls", len(calls(studied)) - 20).code == 3
    for path in folder.glob("critic.sqlite*"):
        path.unlink()
    done = compare(folder, *STUDY)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "checkpoints of the Critic's study are gone: delete critic.jsonl" in done.err
    (folder / "critic.jsonl").unlink()
    assert compare(folder, *STUDY).code == 0
    assert critic(folder) == critic(studied)
