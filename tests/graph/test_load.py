"""Which memory a context means."""

from typing import Any

import pytest

from graph.load import memory_name
from nodes import Context

REAL: Any = {"model": "openai:gpt-x", "base_url": "http://127.0.0.1:9/v1"}


@pytest.mark.parametrize(
    ("context", "name"),
    [
        (Context(), "offline"),
        (Context(**REAL), "default"),
        (Context(**REAL, critic_model="offline"), "offline"),
        (Context(memory="mine"), "mine"),
        (Context(memory="shop.default"), "shop.offline"),
        (Context(memory="ephemeral"), "ephemeral"),
    ],
)
def test_what_the_stand_in_learned_is_no_default_for_language_models(
    context: Context, name: str
) -> None:
    assert memory_name(context) == name
