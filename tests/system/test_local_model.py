"""A real small model answers from its file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from models import Form, ModelSpec, ReplyTokens, connect
from models.local import engine_process
from tests.models.conftest import ask

FILE = Path.home() / ".cache" / "billp-models" / "smollm2-135m.gguf"


pytestmark = [
    pytest.mark.system,
    pytest.mark.skipif(not FILE.is_file(), reason=f"SmolLM2-135M-Instruct is not at {FILE}"),
]


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[None]:
    """One engine for both tests, and none after them."""
    yield
    engine_process.forget(FILE)


async def test_a_real_model_answers_a_question() -> None:
    spec = ModelSpec(f"local:{FILE}", temperature=0.0, reply_tokens=ReplyTokens(planner=12))
    reply = await ask(connect(spec, concurrency=1), "What color is the sky?", role="planner")
    assert "blue" in reply.text
    assert 0 < reply.tokens.output <= 12


async def test_a_schema_is_enforced() -> None:
    call = connect(ModelSpec(f"local:{FILE}", temperature=0.0), concurrency=1)
    reply = await call("critic", [HumanMessage("What is five plus three?")], Form.one_of((7, 9)))
    assert json.loads(reply.text)["answer"] in (7, 9)
