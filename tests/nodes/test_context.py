"""Settings are checked where they are made, and explain themselves."""

import json
import re
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from nodes import Context
from nodes.context import PAPER_SYMBOLS

NAN = float("nan")
OUT_OF_BOUNDS: list[tuple[str, object]] = [
    ("world", ""),
    ("half", "dev"),
    ("arm", "bilp"),
    ("model", ""),
    ("model", "x" * 301),
    ("planner_model", ""),
    ("actor_model", ""),
    ("critic_model", ""),
    ("reflector_model", "x" * 301),
    ("temperature", -0.1),
    ("temperature", 2.1),
    ("temperature", NAN),
    ("seed", -1),
    ("seed", 2**31),
    ("memory", ""),
    ("memory", "../elsewhere"),
    ("memory", "a\n"),
    ("memory", "x" * 101),
    ("memory_capacity", 99),
    ("memory_capacity", 1_000_001),
    ("reflections", -1),
    ("reflections", 21),
    ("tau_actor", -0.1),
    ("tau_actor", 4.1),
    ("tau_actor", NAN),
    ("tau_critic", -0.1),
    ("tau_critic", 4.1),
    ("tau_critic", NAN),
    ("base_url", "x" * 2001),
    ("gamma", -0.1),
    ("gamma", 1.0),
    ("gamma", NAN),
    ("epoch", -1),
    ("max_rounds", 0),
    ("max_rounds", 1001),
    ("max_days", 0),
    ("max_days", 3651),
    ("window", -1),
    ("window", 51),
    ("rules", "none"),
    ("grounding", "none"),
    ("choose", "none"),
    ("learning", "none"),
    ("tools", ("hammer",)),
]
BOUND = re.compile(r'"(minimum|maximum|exclusiveMaximum|minLength|maxLength|pattern|enum)"')


def properties() -> dict[str, Any]:
    """The fields as Studio sees them."""
    described: dict[str, Any] = TypeAdapter(Context).json_schema()["properties"]
    return described


@pytest.mark.parametrize(("name", "value"), OUT_OF_BOUNDS)
def test_a_value_out_of_bounds_is_refused_with_the_name_of_its_field(
    name: str, value: object
) -> None:
    with pytest.raises(ValidationError) as refusal:
        Context(**{name: value})  # type: ignore[arg-type]
    assert {error["loc"][0] for error in refusal.value.errors()} == {name}


def test_every_bounded_field_is_tried_above() -> None:
    bounded = {name for name, field in properties().items() if BOUND.search(json.dumps(field))}
    assert bounded == {name for name, _ in OUT_OF_BOUNDS}


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("temprature", "did you mean 'temperature'?"),
        ("K", "did you mean 'reflections'?"),
        ("W", "did you mean 'window'?"),
        ("tau_C", "did you mean 'tau_critic'?"),
        ("qqq", "known settings: world, half, arm, "),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_name(name: str, hint: str) -> None:
    for make in (
        lambda: Context(**{name: 1}),
        lambda: TypeAdapter(Context).validate_python({name: 1}),
    ):
        with pytest.raises(ValidationError) as refusal:
            make()
        assert refusal.value.errors()[0]["msg"].startswith(f"unknown setting {name!r}: {hint}")


def test_the_papers_symbols_stand_for_fields() -> None:
    assert set(PAPER_SYMBOLS.values()) <= set(properties())


@pytest.mark.parametrize("name", properties())
def test_every_field_is_described(name: str) -> None:
    assert properties()[name]["description"].endswith(".")


def test_the_defaults_are_the_papers() -> None:
    context = Context()
    assert (context.reflections, context.tau_actor, context.tau_critic) == (2, 0.01, 0.1)
    assert (context.gamma, context.temperature, context.max_rounds) == (0.5, 0.5, 100)


def test_equal_settings_are_one_key() -> None:
    assert len({Context(tools=("search",)), Context(tools=("search",)), Context()}) == 2


def test_settings_survive_json() -> None:
    context = Context(arm="react", window=0, tools=("categories",))
    adapter = TypeAdapter(Context)
    assert adapter.validate_json(adapter.dump_json(context)) == context
