"""What TensorBoard, MLflow and Weights & Biases hold of a run, read back with their own tools."""

import json
import sys
import types
from collections import defaultdict
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest

from experiments import RunResult, compare
from models import LimitReachedError

SIZES: dict[str, Any] = {"episodes": 3, "seeds": 1, "rounds": 4, "concurrency": 1}
LEN = "react.0/frozen/len"
MEAN = "figures/react/frozen/len_mean"


def play(folder: Path, tracker: str, **more: Any) -> RunResult:
    quiet: dict[str, Any] = {"report": False, "progress": False}
    return compare(arms=["react"], **SIZES, **quiet, **more, trackers=[tracker], out=folder)


def stopped_and_gone_on_with(folder: Path, tracker: str) -> RunResult:
    """A run that a limit stopped and that went on, then the same call once more."""
    with pytest.raises(LimitReachedError):
        play(folder, tracker, max_calls=5)
    play(folder, tracker)
    return play(folder, tracker)


def lengths(result: RunResult) -> dict[int, float]:
    return {one.number: float(one.len) for one in result.episodes()}


@pytest.mark.slow
def test_tensorboard_has_each_episode_once_and_the_figures(tmp_path: Path) -> None:
    pytest.importorskip("tensorboard", reason="needs the extra 'tensorboard'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    result = stopped_and_gone_on_with(tmp_path / "run", f"tensorboard:{tmp_path / 'board'}")
    [folder] = (tmp_path / "board").iterdir()
    assert folder.name == "run"
    board = EventAccumulator(str(folder))
    board.Reload()
    scalars = board.Scalars(LEN)
    assert sorted((one.step, one.value) for one in scalars) == sorted(lengths(result).items())
    [mean] = board.Scalars(MEAN)
    assert mean.value == pytest.approx(result.figure("react", "len").mean)
    assert "settings/text_summary" in board.Tags()["tensors"]


@pytest.mark.slow
def test_mlflow_has_one_run_with_each_episode_once_the_figures_and_the_summary(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mlflow = pytest.importorskip("mlflow", reason="needs the extra 'mlflow'")
    monkeypatch.chdir(tmp_path)
    store = f"sqlite:///{tmp_path / 'mlflow.db'}"
    result = stopped_and_gone_on_with(tmp_path / "run", f"mlflow:{store}")
    client = mlflow.MlflowClient(store)
    [run] = client.search_runs([client.get_experiment_by_name("billp").experiment_id])
    assert run.info.run_name == "run"
    assert run.info.status == "FINISHED"
    assert run.data.params["episodes"] == "3"
    assert run.data.params["variants"] == "react"
    history = client.get_metric_history(run.info.run_id, LEN)
    assert sorted((one.step, one.value) for one in history) == sorted(lengths(result).items())
    assert run.data.metrics[MEAN] == pytest.approx(result.figure("react", "len").mean)
    assert [file.path for file in client.list_artifacts(run.info.run_id)] == ["summary.json"]


def test_an_mlflow_server_that_is_not_there_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("mlflow", reason="needs the extra 'mlflow'")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    with pytest.warns(UserWarning, match="'mlflow-.*' has failed"):
        result = play(tmp_path / "run", "mlflow:http://127.0.0.1:9")
    assert result.figure("react", "len").episodes == 3


class Wandb(types.ModuleType):
    """What the tracker uses of wandb, with what it was told by run id."""

    def __init__(self) -> None:
        super().__init__("wandb")
        self.__spec__ = ModuleSpec("wandb", None)
        self.inits: list[dict[str, Any]] = []
        self.logged = defaultdict[str, list[dict[str, float]]](list)
        self.summaries = defaultdict[str, dict[str, float]](dict)

    def init(self, **options: Any) -> Any:
        self.inits.append(options)
        told = self.logged[options["id"]]
        return types.SimpleNamespace(
            define_metric=lambda *_, **__: None,
            log=told.append,
            summary=self.summaries[options["id"]],
            save=lambda *_, **__: None,
            finish=lambda: None,
        )


def test_weights_and_biases_is_told_each_episode_once_under_one_id(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = Wandb()
    monkeypatch.setitem(sys.modules, "wandb", fake)
    result = stopped_and_gone_on_with(tmp_path / "run", "wandb:games")
    assert {one["project"] for one in fake.inits} == {"games"}
    [run] = {one["id"] for one in fake.inits}
    told = sorted((int(one["episode"]), one[LEN]) for one in fake.logged[run])
    assert told == sorted(lengths(result).items())
    assert fake.summaries[run][MEAN] == result.figure("react", "len").mean
    assert fake.inits[0]["config"]["episodes"] == 3


@pytest.mark.slow
def test_weights_and_biases_keeps_a_run_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("wandb", reason="needs the extra 'wandb'")
    monkeypatch.setenv("WANDB_MODE", "offline")
    monkeypatch.setenv("WANDB_SILENT", "true")
    result = play(tmp_path / "run", "wandb")
    state = tmp_path / "run" / "tracking"
    run = json.loads((state / "wandb.json").read_text())["id"]
    [kept] = state.glob(f"wandb/wandb/offline-run-*-{run}/run-{run}.wandb")
    content = kept.read_bytes()
    assert LEN.encode() in content
    assert MEAN.encode() in content
    assert result.figure("react", "len").episodes == 3
