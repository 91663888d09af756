"""`compare`, `train` and `evaluate` from Python: the runs of the commands, and calls that go on."""

import asyncio
import inspect
import json
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from experiments import RunResult, compare, evaluate, open_run, train
from experiments.cli import parser
from experiments.errors import RunError
from experiments.playing.run import Run
from experiments.trackers import EpisodeFigures
from models import LimitReachedError, ReplyTokens
from simulator import WorldError, load_world
from tests.experiments import tiny_runs

SIZES: dict[str, Any] = {
    "seeds": 2,
    "train_episodes": 4,
    "episodes": 3,
    "batch": 2,
    "rounds": 4,
    "report": False,
    "progress": False,
}
ARMS = ("random", "react", "billp")
FLAGS = {"no_report": "report", "track": "trackers"}  # flags with another name in Python
FOR_PROGRAMS = {"run", "json", "config"}
ONLY_IN_PYTHON = {"changes", "progress"}

small = lambda out, **more: compare(**{**SIZES, "arms": ARMS, "out": out, **more})  # noqa: E731


class Watcher:
    """A tracker that does something after some episodes; it never fails."""

    name = "watcher"

    def __init__(self, after: int, then: Callable[[], None]) -> None:
        self._left, self._then = after, then

    def start(self, run: object) -> None: ...

    def episode(self, episode: EpisodeFigures) -> None:
        self._left -= 1
        if self._left == 0:
            self._then()

    def finish(self, summary: object, page: object) -> None: ...


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A comparison that nothing disturbed."""
    return small(tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))


@pytest.fixture
def interrupt() -> Iterator[Callable[[], None]]:
    """Ctrl-C, as the main thread of a script or of a kernel gets it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    main = threading.main_thread().ident
    assert main
    yield lambda: signal.pthread_kill(main, signal.SIGINT)
    signal.signal(signal.SIGINT, before)


@pytest.mark.slow
def test_a_call_and_the_command_make_the_same_run(whole: RunResult, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    done = tiny_runs.compare(folder, "--arms", ",".join(ARMS))
    assert done.code == 0, done.err
    assert tiny_runs.summary(folder) == tiny_runs.summary(whole.folder)
    runs = [json.loads((one / "run.json").read_text()) for one in (folder, whole.folder)]
    assert runs[0] == runs[1]


def test_replies_are_asked_for_in_a_call_as_in_the_command(tmp_path: Path) -> None:
    folder, sizes = tmp_path / "run", ("--arms", "greedy")
    words = ("--choose", "title", "--no-structured", "--thinking", "--reply-tokens", "actor=96")
    assert tiny_runs.compare(folder, *sizes, *words).code == 0
    asked = {"choose": "title", "structured": False, "thinking": True}
    small(folder, arms=["greedy"], **asked, reply_tokens={"actor": 96})
    small(folder, arms=["greedy"], **asked, reply_tokens=ReplyTokens(actor=96))
    with pytest.raises(RunError, match=r"reply_tokens\.actor: 96 -> 48"):
        small(folder, arms=["greedy"], **asked)


@pytest.mark.slow
def test_the_command_goes_on_with_the_run_of_a_call(whole: RunResult) -> None:
    before = tiny_runs.calls(whole.folder)
    assert tiny_runs.compare(whole.folder, "--arms", ",".join(ARMS)).code == 0
    assert tiny_runs.calls(whole.folder) == before


@pytest.mark.parametrize(
    ("function", "command"),
    [(compare, ["compare"]), (train, ["train"]), (evaluate, ["evaluate", "trained"])],
)
def test_keywords_are_the_flags_with_their_defaults(
    function: Callable[..., RunResult],
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "trained").mkdir()
    (tmp_path / "trained" / "run.json").touch()
    flags = vars(parser().parse_args(command))
    if command == ["train"]:
        flags["episodes"] = flags.pop("train_episodes")
    known = {FLAGS.get(name, name): value for name, value in flags.items()}
    known = {name: value for name, value in known.items() if name not in FOR_PROGRAMS}
    parameters = inspect.signature(function).parameters
    assert set(parameters) - ONLY_IN_PYTHON == set(known)
    for name, value in known.items():
        expected = parameters[name].default
        if name in ("report", "trackers", "trained"):
            continue  # a flag says no, no flag is jsonl, and a folder has no default
        as_flag = [expected] if expected and name in ("model", "arm") else expected
        assert as_flag == value, name


def test_a_call_works_while_an_event_loop_runs(tmp_path: Path) -> None:
    async def cell() -> RunResult:
        return small(tmp_path / "run", arms=["random", "greedy"])

    assert asyncio.run(cell()).figure("greedy", "len").episodes == 6


@pytest.mark.slow
def test_an_interrupted_call_is_gone_on_with_by_the_same_call(
    whole: RunResult, tmp_path: Path, interrupt: Callable[[], None]
) -> None:
    folder = tmp_path / "run"
    with pytest.raises(KeyboardInterrupt, match="the same call goes on with it"):
        small(folder, trackers=[Watcher(12, interrupt)])
    before = tiny_runs.calls(folder)
    assert 0 < len(before) < len(tiny_runs.calls(whole.folder))
    small(folder)
    assert tiny_runs.summary(folder) == tiny_runs.summary(whole.folder)
    assert tiny_runs.calls(folder)[: len(before)] == before
    assert len(tiny_runs.calls(folder)) == len(tiny_runs.calls(whole.folder))


@pytest.mark.slow
def test_a_second_interrupt_leaves_at_once_and_the_run_can_go_on(
    whole: RunResult, tmp_path: Path, interrupt: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, stopping, stop = threading.Event(), threading.Event(), Run.interrupt

    async def silent(*_: object) -> Any:
        asked.set()
        await asyncio.Event().wait()

    def twice() -> None:
        for before in (asked, stopping):
            before.wait(60)
            interrupt()

    def told(run: Run) -> None:
        stop(run)
        stopping.set()

    folder = tmp_path / "run"
    with monkeypatch.context() as patched:
        patched.setattr("graph.load.connect", lambda *_: silent)
        patched.setattr(Run, "interrupt", told)
        threading.Thread(target=twice).start()
        with pytest.raises(KeyboardInterrupt, match="left at once: what was finished is kept in"):
            small(folder)
    small(folder)
    assert tiny_runs.summary(folder) == tiny_runs.summary(whole.folder)


@pytest.mark.slow
def test_a_limit_stops_a_call_and_a_higher_one_goes_on(whole: RunResult, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(LimitReachedError, match="the limit of 30 calls is reached") as stopped:
        small(folder, max_calls=30)
    assert any(f"kept in {folder}" in note for note in stopped.value.__notes__)
    assert len(tiny_runs.calls(folder)) == 30
    small(folder, max_calls=10_000)
    assert tiny_runs.summary(folder) == tiny_runs.summary(whole.folder)


@pytest.mark.slow
def test_what_was_trained_is_evaluated_as_the_command_does(tmp_path: Path) -> None:
    sizes = {name: SIZES[name] for name in ("batch", "rounds", "seeds", "report", "progress")}
    trained = train(arm="billp", episodes=4, out=tmp_path / "trained", **sizes)
    assert trained.figure("billp", "len").phase == "train"
    found = evaluate(trained, episodes=3, report=False, progress=False, out=tmp_path / "evaluated")
    command = ("--episodes", 3, "--no-report", "--out", tmp_path / "again")
    assert tiny_runs.billp("evaluate", tmp_path / "trained", *command).code == 0
    assert tiny_runs.summary(found.folder) == tiny_runs.summary(tmp_path / "again")


def test_a_world_at_hand_is_the_one_that_its_name_stands_for(tmp_path: Path) -> None:
    world, policies = load_world("demo"), ["random", "popular"]
    given = small(tmp_path / "given", world=world, arms=policies)
    named = small(tmp_path / "named", world="demo", arms=policies)
    assert given.summary == named.summary
    altered = replace(world, rule=replace(world.rule, beta=0.0))
    with pytest.raises(RunError, match="'demo' is not the one that is kept as 'demo'"):
        small(tmp_path / "altered", world=altered, arms=policies)
    with pytest.raises(WorldError, match="'nowhere' is in no folder"):
        small(tmp_path / "unknown", world=replace(world, name="nowhere"), arms=policies)


def test_changes_reach_every_method_and_are_part_of_the_run(tmp_path: Path) -> None:
    policies = ["greedy"]
    wide = small(tmp_path / "wide", arms=policies, changes={"window": 1}, rounds=30)
    narrow = small(tmp_path / "narrow", arms=policies, changes={"window": 8}, rounds=30)
    lengths = [one.figure("greedy", "len").mean or 0 for one in (wide, narrow)]
    assert lengths[0] > lengths[1]
    small(tmp_path / "wide", arms=policies, changes={"window": 1}, rounds=30)
    with pytest.raises(RunError, match=r"greedy\.changes\.window: 1 -> 2"):
        small(tmp_path / "wide", arms=policies, changes={"window": 2}, rounds=30)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"episodes": 0}, "episodes must be a whole number from 1, not 0"),
        ({"seeds": 2.0}, "seeds must be a whole number from 1, not 2.0"),
        ({"max_errors": -1}, "max_errors must be a whole number from 0, not -1"),
        ({"max_money": 0}, "max_money must be an amount above 0, not 0"),
        ({"preset": "tabel3"}, "preset 'tabel3' is unknown: did you mean 'table3'"),
        ({"evaluate": "test"}, "evaluate 'test' is unknown: known: frozen, online, both"),
        ({"changes": {"gama": 0.9}}, "changes cannot set 'gama': did you mean 'gamma'"),
        ({"changes": {"seed": 3}}, "changes cannot set 'seed': it is an option of the run"),
        ({"changes": {"gamma": 2.0}}, "gamma"),
        ({"changes": {"choose": "title"}}, "changes cannot set 'choose': it is an option of the"),
        ({"learning": "papr"}, "learning 'papr' is unknown: did you mean 'paper'"),
        ({"changes": {"learning": "paper"}}, "changes cannot set 'learning': it is an option of"),
        ({"users": "old"}, "users 'old' is unknown: known: new, any"),
        ({"episodes": 290, "train_episodes": 20}, r"fewer than the 20 to learn .*users='any'\)"),
        ({"choose": "titel"}, "choose 'titel' is unknown: did you mean 'title'"),
        ({"structured": "yes"}, "structured must be True or False, not 'yes'"),
        ({"thinking": 1}, "thinking must be True or False, not 1"),
        ({"reply_tokens": {"actr": 9}}, "reply_tokens: unknown role 'actr': did you mean 'actor'"),
        ({"reply_tokens": {"actor": 0}}, "reply_tokens of 'actor' must be a whole number from 1"),
        ({"reply_tokens": ReplyTokens(critic=10**7)}, "of 'critic' must be at most 1000000"),
        ({"reply_tokens": 64}, "reply_tokens must map roles to numbers, as {'actor': 96}, not 64"),
        ({"arms": ["bilp"]}, "unknown arm 'bilp': did you mean 'billp'"),
        ({"model": "ofline"}, "unknown model 'ofline': did you mean 'offline'"),
        ({"model": "own:mine"}, r"model 'own:mine' is not known in this process: call models\."),
        ({"trackers": ["mlfow"]}, "unknown tracker 'mlfow': did you mean 'mlflow'"),
        ({"world": "stem"}, "unknown world 'stem'"),
    ],
)
def test_what_is_wrong_is_refused_before_anything_is_written(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=message):
        small(tmp_path / "run", **options)
    assert not (tmp_path / "run").exists()


@pytest.mark.slow
def test_a_run_that_was_played_before_can_be_opened(whole: RunResult) -> None:
    assert open_run(str(whole.folder)) == whole
    with pytest.raises(RunError, match=r"has no summary\.json yet"):
        open_run(whole.folder.parent)
