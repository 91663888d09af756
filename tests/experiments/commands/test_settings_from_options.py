"""What a command's options come to."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.api.settings_from_options import (
    comparison_settings,
    default_folder,
    demo_settings,
    limits,
    training_settings,
)
from experiments.cli import parser
from experiments.commands.early_checks import check_comparison, check_training
from experiments.errors import RunError
from experiments.runs.presets import PHASES
from experiments.runs.settings import RunSettings
from models import ReplyTokens

PACE = (
    ("--concurrency", "3"),
    ("--max-calls", "5"),
    ("--max-tokens", "5"),
    ("--max-money", "0.5"),
    ("--max-errors", "0"),
    ("--cache", "replies.sqlite"),
    ("--prices", "prices.toml"),
    ("--no-report",),
    ("--json", "summary.json"),
)
MATTERS = (
    ("--preset", "table5"),
    ("--arms", "billp,react"),
    ("--model", "openai:x"),
    ("--base-url", "http://x/v1"),
    ("--temperature", "0.7"),
    ("--choose", "title"),
    ("--no-structured",),
    ("--thinking",),
    ("--reply-tokens", "actor=96"),
    ("--world", "steam"),
    ("--seeds", "2"),
    ("--episodes", "7"),
    ("--train-episodes", "7"),
    ("--batch", "7"),
    ("--rounds", "7"),
    ("--rules", "paper"),
    ("--learning", "paper"),
    ("--memory-capacity", "700"),
    ("--users", "any"),
    ("--evaluate", "both"),
)


@pytest.fixture(autouse=True, scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The files and the world that options name."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "prices.toml").touch()
    for world in ("steam", "some/where/steam"):
        (folder / world).mkdir(parents=True)
        (folder / world / "world.json").touch()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


def settings(*arguments: str) -> RunSettings:
    return comparison_settings(parser().parse_args(["compare", *arguments]))


def joined(chosen: Sequence[tuple[str, ...]]) -> list[str]:
    return [word for option in chosen for word in option]


def test_a_comparison_asked_for_without_options_is_the_papers_table3() -> None:
    made = settings()
    assert (made.preset, made.world, made.seeds) == ("table3", "demo", (0, 1, 2))
    assert (made.episodes, made.train_episodes, made.max_rounds) == (100, 100, 100)
    assert made.evaluate == ("frozen",)
    assert made.critic is None


def test_sizes_are_those_asked_for() -> None:
    made = settings(*joined(MATTERS))
    assert (made.seeds, made.episodes, made.train_episodes) == ((0, 1), 7, 7)
    assert (made.batch, made.max_rounds, made.temperature) == (7, 7, 0.7)
    assert (made.rules, made.learning, made.users) == ("paper", "paper", "any")
    assert made.evaluate == ("frozen", "online")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ((), ("number", True, None, ReplyTokens())),
        (("--choose", "title", "--no-structured"), ("title", False, None, ReplyTokens())),
        (("--thinking", "--structured"), ("number", True, True, ReplyTokens())),
        (
            ("--no-thinking", "--reply-tokens", " actor = 96, critic=30"),
            ("number", True, False, ReplyTokens(actor=96, critic=30)),
        ),
        (("--reply-tokens", "64"), ("number", True, None, ReplyTokens(64, 64, 64, 64))),
    ],
    ids=str,
)
def test_how_replies_are_asked_for_reaches_every_episode(
    words: tuple[str, ...], expected: tuple[object, ...]
) -> None:
    made = [
        settings("--arms", "billp", *words),
        training_settings(parser().parse_args(["train", *words])),
        demo_settings(parser().parse_args(["demo", *words])),
    ]
    for run in made:
        context = run.context(run.variants[-1], 0, "frozen")
        chosen = (context.choose, context.structured, context.thinking, context.reply_tokens)
        assert chosen == expected


@pytest.mark.parametrize("learning", ["default", "paper"])
def test_how_memories_reach_the_roles_is_the_same_in_every_episode(learning: str) -> None:
    made = [
        settings("--arms", "billp", "--learning", learning),
        training_settings(parser().parse_args(["train", "--learning", learning])),
    ]
    for run in made:
        for phase in PHASES:
            assert run.context(run.variants[0], 0, phase).learning == learning


def test_how_much_memories_keep_is_the_same_in_every_episode() -> None:
    made = settings("--arms", "billp", "--memory-capacity", "700")
    assert {made.context(made.variants[0], 0, phase).memory_capacity for phase in PHASES} == {700}
    assert settings("--arms", "billp").memory_capacity is None


def test_what_learns_is_trained_and_evaluated_and_what_does_not_is_evaluated_once() -> None:
    made = settings("--arms", "random,react,billp", "--evaluate", "both")
    phases = {one.name: made.phases(one) for one in made.variants}
    assert phases == {
        "random": ("frozen",),
        "react": ("frozen",),
        "billp": ("train", "frozen", "online"),
    }


def test_training_is_on_the_training_half_and_evaluation_on_the_test_half() -> None:
    made = settings("--arms", "billp", "--evaluate", "both")
    contexts = {phase: made.context(made.variants[0], 1, phase) for phase in ("train", "online")}
    frozen = made.context(made.variants[0], 1, "frozen")
    assert [contexts["train"].half, contexts["online"].half, frozen.half] == [
        "train",
        "test",
        "test",
    ]
    assert [contexts["train"].learn, contexts["online"].learn, frozen.learn] == [True, True, False]


def test_figure4_has_a_study_of_the_size_asked_for() -> None:
    made = settings("--preset", "figure4", "--states", "4", "--estimates", "5", "--rollouts", "6")
    assert made.critic is not None
    assert (made.critic.states, made.critic.estimates, made.critic.rollouts) == (4, 5, 6)


def test_figure4_without_a_critic_is_refused() -> None:
    options = parser().parse_args(["compare", "--preset", "figure4", "--arms", "react,random"])
    with pytest.raises(RunError, match="name an arm that has one, like 'billp'"):
        check_comparison(options)


@pytest.mark.parametrize("arm", ["random", "react", "billp,act-only"])
def test_training_what_learns_nothing_is_refused(arm: str) -> None:
    idle = arm.split(",")[-1]
    with pytest.raises(RunError, match=f"{idle} learns nothing: evaluate it with `billp compare`"):
        check_training(parser().parse_args(["train", "--arm", arm]))


def test_training_takes_one_chat_model() -> None:
    with pytest.raises(RunError, match="takes one --model"):
        training_settings(parser().parse_args(["train", "--model", "offline,openai:x"]))


def test_a_demo_is_the_preset_with_one_seed_and_a_commit_after_every_training_episode() -> None:
    made = demo_settings(parser().parse_args(["demo", "--seed", "5"]))
    assert (made.seeds, made.batch, made.max_rounds) == ((5,), 1, 50)
    assert (made.train_episodes, made.episodes) == (24, 20)
    assert made.variants == settings("--preset", "demo").variants
    assert [one.name for one in made.variants][:3] == ["random", "offered-random", "act-only"]


def test_a_training_plays_nothing_else() -> None:
    made = training_settings(parser().parse_args(["train", "--arm", "billp", "--episodes", "5"]))
    assert made.phases(made.variants[0]) == ("train",)
    assert made.train_episodes == 5


def test_limits_are_none_unless_asked_for() -> None:
    none = limits(parser().parse_args(["compare"]))
    assert (none.calls, none.tokens, none.money, none.errors) == (None, None, None, None)
    some = limits(parser().parse_args(["compare", *joined(PACE)]))
    assert (some.calls, some.tokens, some.money, some.errors) == (5, 5, 0.5, 0)


@given(
    chosen=st.lists(st.sampled_from(MATTERS), unique=True),
    first=st.lists(st.sampled_from(PACE), unique=True),
    second=st.lists(st.sampled_from(PACE), unique=True),
)
def test_the_same_command_finds_the_same_folder_whatever_its_pace(
    chosen: list[tuple[str, ...]], first: list[tuple[str, ...]], second: list[tuple[str, ...]]
) -> None:
    folders = {default_folder(settings(*joined([*pace, *chosen]))) for pace in (first, second, ())}
    assert len(folders) == 1


@given(chosen=st.lists(st.sampled_from(MATTERS), min_size=1, unique=True))
def test_a_run_asked_for_otherwise_has_a_folder_of_its_own(chosen: list[tuple[str, ...]]) -> None:
    whole = default_folder(settings(*joined(chosen)))
    assert whole != default_folder(settings(*joined(chosen[1:])))


def test_runs_are_kept_under_home_by_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path))
    assert default_folder(settings()).parent == tmp_path / "runs"
    assert default_folder(settings("--world", "some/where/steam")).name.startswith("table3-steam")
