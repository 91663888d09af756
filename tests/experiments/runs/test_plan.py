"""What is about to be played is said before the first call."""

from pathlib import Path

import pytest

from experiments.api.settings_from_options import comparison_settings, training_settings
from experiments.cli import parser
from experiments.runs.plan import plan_lines
from tests.experiments.tiny_runs import billp, compare


def plan(*words: str) -> list[str]:
    options = parser(words[0]).parse_args(words)
    made = training_settings if words[0] == "train" else comparison_settings
    return list(plan_lines(made(options)))


def test_arms_seeds_and_episodes_of_each_phase_are_said_and_their_sum() -> None:
    arms = ("--arms", "random,react,billp,reflexion", "--seeds", "2")
    sizes = ("--episodes", "5", "--train-episodes", "1200", "--evaluate", "both", "--rounds", "1")
    assert plan("compare", *arms, *sizes) == [
        "preset table3 in world 'demo', chat model offline, sessions of at most 1 round",
        "  random, react: 2 arms x 2 seeds x 5 episodes evaluated",
        "  billp, reflexion: 2 arms x 2 seeds x (1,200 episodes to learn from + 5 evaluated + 5 "
        "evaluated while learning on)",
        "  in all 4,860 episodes",
    ]


def test_how_replies_are_asked_for_is_said_where_it_is_not_the_default() -> None:
    words = ("--choose", "title", "--no-structured", "--no-thinking", "--reply-tokens", "actor=96")
    told = plan("compare", "--arms", "billp", *words)
    assert told[1] == (
        "  replies: items chosen by title, numbers without a JSON schema, thinking off, actor at "
        "most 96 tokens"
    )
    assert "replies:" not in "".join(plan("compare", "--arms", "random", *words))


def test_what_baselines_learn_from_and_a_study_are_said_too() -> None:
    told = plan("compare", "--preset", "figure4", "--arms", "billp,a2c,crr", "--seeds", "1")
    assert (
        "  trained before: 1 baseline x 1 seed online on 100,000 rounds, 1 baseline x 1 seed "
        in (told[3])
    )
    assert told[4] == "  a study of the Critic: 10 states x (30 estimates + 30 sessions)"


def test_a_training_alone_evaluates_nothing() -> None:
    told = plan("train", "--episodes", "7", "--seeds", "1")
    assert told[1:] == ["  billp: 1 arm x 1 seed x 7 episodes to learn from", "  in all 7 episodes"]


@pytest.mark.slow
def test_a_comparison_and_an_estimate_say_it_before_anything_else(tmp_path: Path) -> None:
    sizes = ("--arms", "react", "--seeds", "1", "--episodes", "1", "--rounds", "2")
    told = compare(tmp_path / "run", *sizes).out.splitlines()
    assert told[0] == "To play:"
    assert told[2] == "  react: 1 arm x 1 seed x 1 episode evaluated"
    assert told[3] == "  in all 1 episode"
    assert told[4] == "react, seed 0, frozen: 1 episode"
    assert billp("estimate", *sizes).out.splitlines()[:4] == told[:4]
