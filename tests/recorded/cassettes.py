"""The cassettes that are there, and the share of first replies that must be in form in each."""

from collections.abc import Sequence
from pathlib import Path

from langchain_core.messages import AIMessage

from benchmarks.prompts.cassette import Recorded
from models import Reply, Tokens

FILES: Sequence[Path] = sorted(Path(__file__).parent.glob("*.jsonl"))
LEAST = {"smollm2-135m": 0.90, "qwen2.5-coder-0.5b": 0.95, "qwen2.5-coder-1.5b": 0.98}
LARGEST = 400_000  # bytes, all together


def as_reply(recorded: Recorded) -> Reply:
    """The reply as the model's server sent it."""
    reason = recorded.finish_reason
    said_why = {"finish_reason": reason} if reason else {}
    return Reply(
        AIMessage(recorded.text, response_metadata=said_why), Tokens(output=recorded.output)
    )
