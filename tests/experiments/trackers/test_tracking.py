"""Trackers are told everything once, whatever happens to them or to the run."""

import asyncio
import json
import threading
import warnings
from pathlib import Path
from typing import Any

import pytest

from experiments import RunResult, compare
from experiments.errors import MissingExtraError, RunError
from experiments.statistics.figures import RunSummary
from experiments.trackers import EpisodeFigures, TrackedRun, Tracker
from experiments.trackers.tracking import TrackerWarning
from models import LimitReachedError
from tests.experiments import tiny_runs
from tests.experiments.tiny_runs import billp, moody

POLICIES = ("--arms", "random,greedy", "--episodes", "3", "--seeds", "2", "--rounds", "4")
CELLS = ("random/0", "random/1", "greedy/0", "greedy/1")
IDS = {f"{cell}/frozen/{number:04d}" for cell in CELLS for number in range(3)}


def play(folder: Path, *trackers: str | Tracker, **more: Any) -> RunResult:
    sizes: dict[str, Any] = {"episodes": 3, "seeds": 2, "rounds": 4, "train_episodes": 2}
    quiet: dict[str, Any] = {"report": False, "progress": False}
    arms = ["random", "greedy"]
    return compare(**{"arms": arms, **sizes, **quiet, **more}, trackers=trackers, out=folder)


class Told:
    """A tracker that remembers what it was told, and fails at these episodes."""

    def __init__(self, name: str = "told", *failing: int) -> None:
        self.name = name
        self.failing = set(failing)
        self.runs: list[TrackedRun] = []
        self.episodes: list[EpisodeFigures] = []
        self.ends: list[tuple[RunSummary | None, Path | None]] = []
        self._count = 0

    def start(self, run: TrackedRun) -> None:
        self.runs.append(run)

    def episode(self, episode: EpisodeFigures) -> None:
        self._count += 1
        if self._count in self.failing:
            raise ConnectionError("the server is gone")
        self.episodes.append(episode)

    def finish(self, summary: RunSummary | None, page: Path | None) -> None:
        self.ends.append((summary, page))

    @property
    def ids(self) -> list[str]:
        return [one.id for one in self.episodes]


def events(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_tracker_is_told_the_start_every_episode_and_the_end(tmp_path: Path) -> None:
    told = Told()
    result = play(tmp_path / "run", told)
    assert [run.folder for run in told.runs] == [tmp_path / "run"]
    assert not told.runs[0].resumed
    assert set(told.ids) == IDS
    assert len(told.ids) == len(IDS)
    assert told.ends == [(result.summary, None)]


def test_figures_of_an_episode_are_those_of_its_record(tmp_path: Path) -> None:
    told = Told()
    play(tmp_path / "run", told, arms=["react"], seeds=1)
    for record in tiny_runs.records(tmp_path / "run", "react.0"):
        [one] = [one for one in told.episodes if one.id == record["id"]]
        ratings = [step["reward"] for step in record["steps"]]
        assert (one.len, one.r_traj) == (len(ratings), pytest.approx(sum(ratings)))
        assert one.r_each == pytest.approx(sum(ratings) / len(ratings), abs=1e-4)
        assert one.input == sum(turn["input"] for turn in record["usage"]) > 0
        assert set(one.metrics) == {
            f"react.0/frozen/{name}" for name in ("len", "r_each", "r_traj")
        }


def test_a_run_that_goes_on_tells_nothing_twice(tmp_path: Path) -> None:
    told = Told()
    play(tmp_path / "run", told)
    again = Told()
    play(tmp_path / "run", again)
    assert (again.runs, again.episodes, again.ends) == ([], [], [])


def test_a_tracker_that_comes_later_is_told_all_of_the_run(tmp_path: Path) -> None:
    play(tmp_path / "run")
    late = Told()
    result = play(tmp_path / "run", late)
    assert set(late.ids) == IDS
    assert late.ends == [(result.summary, None)]


def test_a_stopped_run_tells_so_and_then_only_what_is_new(tmp_path: Path) -> None:
    first, second = Told(), Told()
    react: dict[str, Any] = {"arms": ["react"], "seeds": 1, "concurrency": 1}
    with pytest.raises(LimitReachedError):
        play(tmp_path / "run", first, max_calls=12, **react)
    assert first.ends == [(None, None)]
    assert first.ids
    play(tmp_path / "run", second, **react)
    assert second.runs[0].resumed
    assert sorted([*first.ids, *second.ids]) == [f"react/0/frozen/{n:04d}" for n in range(3)]


def test_an_episode_that_failed_and_is_played_again_is_told_both_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError("no")

    first, second = Told(), Told()
    react: dict[str, Any] = {"arms": ["react"], "seeds": 1, "episodes": 1}
    with monkeypatch.context() as patched:
        patched.setattr("graph.load.connect", moody(fail))
        with pytest.raises(Exception, match="every episode"):
            play(tmp_path / "run", first, **react)
    play(tmp_path / "run", second, **react)
    assert first.ids == second.ids == ["react/0/frozen/0000"]
    assert [first.episodes[0].error, second.episodes[0].error] == ["RuntimeError", None]
    assert first.episodes[0].metrics == {"react.0/frozen/failed": 1.0}


def test_a_failing_tracker_is_dropped_with_one_warning_and_told_later_what_it_missed(
    tmp_path: Path,
) -> None:
    failing, sound = Told("failing", 3), Told("sound")
    with pytest.warns(TrackerWarning, match="'failing' has failed .ConnectionError: the") as warned:
        result = play(tmp_path / "run", failing, sound)
    assert len([one for one in warned if one.category is TrackerWarning]) == 1
    assert result.figure("greedy", "len").episodes == 6
    assert set(sound.ids) == IDS
    assert len(failing.ids) == 2
    back = Told("failing")
    play(tmp_path / "run", back)
    assert sorted([*failing.ids, *back.ids]) == sorted(IDS)
    assert back.ends == [(result.summary, None)]


def test_a_tracker_that_does_not_answer_delays_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.trackers.tracking.PATIENCE", 0.2)
    free = threading.Event()

    class Stuck(Told):
        def episode(self, episode: EpisodeFigures) -> None:
            free.wait()

    with pytest.warns(TrackerWarning, match="'told' does not answer"):
        result = play(tmp_path / "run", Stuck())
    free.set()
    assert result.figure("greedy", "len").episodes == 6


def test_the_same_figures_are_the_end_of_a_run_once_and_others_again(tmp_path: Path) -> None:
    play(tmp_path / "run", Told())
    lines = (tmp_path / "run" / "tracking" / "told.told").read_text().splitlines()
    assert len([line for line in lines if "summary" in line]) == 1
    assert len(lines) == len(IDS) + 1


def test_json_lines_are_the_default_and_stay_the_same_when_the_command_is_given_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    for _ in range(2):
        done = billp("compare", *POLICIES, "--no-report", "--out", folder)
        assert (done.code, done.err) == (0, "")
        lines = events(folder / "tracking" / "events.jsonl")
        assert [line["event"] for line in lines] == [
            *("start", *["episode"] * len(IDS), "figures", "figures", "finish")
        ]
    assert {line["id"] for line in lines if line["event"] == "episode"} == IDS
    *_, figures, _ = lines
    assert figures["variant"] == "greedy"
    assert figures["len"] == tiny_runs.figures(folder, "greedy")["len"]
    assert lines[0]["settings"]["episodes"] == 3


def test_json_lines_can_be_kept_elsewhere_or_not_at_all(tmp_path: Path) -> None:
    place = tmp_path / "logs" / "all.jsonl"
    asked = ("compare", *POLICIES, "--no-report")
    for name in ("one", "two"):
        folder = tmp_path / name
        assert billp(*asked, "--out", folder, "--track", f"jsonl:{place}").code == 0
    runs = [line["run"] for line in events(place) if line["event"] == "episode"]
    assert runs == [str(tmp_path / "one")] * len(IDS) + [str(tmp_path / "two")] * len(IDS)
    assert billp(*asked, "--out", tmp_path / "none", "--track", "none").code == 0
    assert not (tmp_path / "none" / "tracking").exists()


def test_a_tracker_that_cannot_write_hurts_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    asked = ("compare", *POLICIES, "--no-report", "--out", tmp_path / "run")
    done = billp(*asked, "--track", f"jsonl:{tmp_path / 'file' / 'events.jsonl'}")
    assert done.code == 0
    assert len(done.err.splitlines()) == 1
    assert "billp: tracker 'jsonl-" in done.err
    assert "the run is kept without it" in done.err


def test_what_is_no_tracker_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("experiments.trackers.make.find_spec", lambda _: None)
    with pytest.raises(RunError, match="unknown tracker 'tensorbord': did you mean 'tensorboard'"):
        play(tmp_path / "run", "tensorbord")
    for name in ("tensorboard", "mlflow", "wandb"):
        with pytest.raises(MissingExtraError, match=rf"-m pip install -e '\.\[{name}\]'"):
            play(tmp_path / "run", f"{name}:somewhere")
    with pytest.raises(RunError, match="several trackers named 'told'"):
        play(tmp_path / "run", Told(), Told())
    with pytest.raises(RunError, match=r"a tracker cannot be named '\.\./out'"):
        play(tmp_path / "run", Told("../out"))
    assert not (tmp_path / "run").exists()


def test_a_run_on_an_event_loop_hears_no_warning_of_its_trackers(tmp_path: Path) -> None:
    async def cell() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            play(tmp_path / "run", Told())

    asyncio.run(cell())
