"""Tokens of a chat call."""

from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.messages import BaseMessage

CHARACTERS_PER_TOKEN = 4
BYTES_PER_TOKEN = 2  # at least, in UTF-8: twice as many tokens as the estimate for English text
TEMPLATE_TOKENS = 16  # around each message


@dataclass(frozen=True)
class Tokens:
    """The tokens of a call; `cached` is the part of the input that the server had read before."""

    input: int = 0
    output: int = 0
    cached: int = 0
    estimated: bool = False


def tokens_of(messages: Sequence[BaseMessage], reply: BaseMessage) -> Tokens:
    """The tokens that the server counted; an estimate if it reports none."""
    usage = getattr(reply, "usage_metadata", None) or {}
    details = usage.get("input_token_details") or {}
    counts = usage.get("input_tokens"), usage.get("output_tokens"), details.get("cache_read")
    sent, received, cached = (max(count or 0, 0) for count in counts)
    if not sent and not received:
        return Tokens(estimate_prompt(messages), estimate(len(reply.text)), estimated=True)
    return Tokens(sent, received, min(cached, sent))


def estimate_prompt(messages: Sequence[BaseMessage]) -> int:
    """About as many tokens as a prompt has."""
    return estimate(sum(len(message.text) for message in messages))


def most_in_prompt(messages: Sequence[BaseMessage]) -> int:
    """More tokens than a prompt has in all likelihood; only the server's tokenizer would know.

    Long rows of digits or rare characters can take more than a token for two bytes.
    """
    size = sum(len(message.text.encode(errors="replace")) for message in messages)
    return -(-size // BYTES_PER_TOKEN) + TEMPLATE_TOKENS * len(messages)


def estimate(characters: int) -> int:
    """About as many tokens as a text of this length has."""
    return -(-characters // CHARACTERS_PER_TOKEN)
