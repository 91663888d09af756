"""Inputs that are too long are refused."""

from typing import Any

import pytest

from graph.episode import build_graph
from nodes.input_limits import input_problem
from simulator import WorldError


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"user": "u" * 201}, "user has 201 characters"),
        ({"user": 3, "episode": "e" * 201}, "episode has 201 characters"),
        ({"name": "n" * 201}, "name has 201 characters"),
        ({"user": 3, "viewed": ["a"] * 1001}, "viewed has 1001 titles"),
        ({"user": 3, "viewed": ["a" * 1001]}, "more than 1000 characters"),
        ({"episodes": 100_001}, "a training of 100001 episodes"),
        ({"users": [1] * 100_001}, "a training of 100001 episodes"),
    ],
)
def test_what_is_too_long_is_named(given: dict[str, Any], problem: str) -> None:
    assert problem in str(input_problem(given))


@pytest.mark.parametrize(
    "given",
    [{"user": 3}, {"user": "u" * 200, "viewed": ["a" * 1000] * 1000}, {"viewed": 3, "users": None}],
)
def test_other_inputs_have_no_problem(given: dict[str, Any]) -> None:
    assert input_problem(given) is None


def test_a_graph_refuses_them() -> None:
    with pytest.raises(WorldError, match="viewed has 1001 titles"):
        build_graph().astream({"user": 3, "viewed": ["a"] * 1001})
