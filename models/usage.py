"""What a reply cost, in tokens."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Tokens:
    """The tokens of a call; `cached` are those of the input that the server had read before."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False


def tokens_of(messages: Sequence[BaseMessage], reply: BaseMessage) -> Tokens:
    """The tokens that the server counted; where it told none, an estimate."""
    told = getattr(reply, "usage_metadata", None) or {}
    asked, said = _count(told.get("input_tokens")), _count(told.get("output_tokens"))
    if not asked and not said:
        prompt = sum(len(message.text) for message in messages)
        return Tokens(estimate(prompt), estimate(len(reply.text)), estimated=True)
    details = told.get("input_token_details") or {}
    return Tokens(asked, said, cached=min(_count(details.get("cache_read")), asked))


def estimate(characters: int) -> int:
    """As many tokens as a text of this length has, about."""
    return -(-characters // CHARACTERS_PER_TOKEN)


def _count(told: int | None) -> int:
    return max(told or 0, 0)
