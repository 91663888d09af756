"""Tokens of the prompts of a session of 30 rounds, and how much of them a server has read before.

Tokens are those of the embedding model's tokenizer; that of Qwen 2.5, which takes each digit alone,
has 13 % more. Hosted servers keep a prompt's beginning in whole blocks, if it is long enough.
"""

import asyncio
from collections.abc import Sequence
from functools import cache
from itertools import takewhile
from typing import Any

from langchain_core.outputs import ChatResult
from tokenizers import Tokenizer

from benchmarks.figures import Figure, report
from benchmarks.stage.world import patient_load
from graph.episode import build_graph
from models import OfflineChatModel, prompt_text
from nodes import Context
from stores.weights import checked_default

ROUNDS, LONGER, TAUGHT, USER = 30, 60, 12, 3
EARLIER = 6  # prompts that a server still has
BLOCK, LEAST = 128, 1024  # tokens


def asked_in(generate: Any, prompts: list[str]) -> Any:
    """The model's own method, which adds each prompt to a list."""

    def run(self: OfflineChatModel, messages: Any, *args: Any, **kwargs: Any) -> ChatResult:
        prompts.append(prompt_text(messages))
        result: ChatResult = generate(self, messages, *args, **kwargs)
        return result

    return run


@cache
def tokenizer() -> Tokenizer:
    """That of the embedding model, for texts of any length."""
    made = Tokenizer.from_file(str(checked_default() / "tokenizer.json"))
    made.no_truncation()
    return made


def tokens_of(prompts: Sequence[str]) -> list[list[int]]:
    """The tokens of each prompt."""
    return [tokenizer().encode(prompt, add_special_tokens=False).ids for prompt in prompts]


def read_before(prompts: Sequence[list[int]]) -> list[int]:
    """Of each prompt, how many tokens at its beginning one of those just before began with too."""
    return [
        max((in_common(one, prompt) for one in prompts[max(0, at - EARLIER) : at]), default=0)
        for at, prompt in enumerate(prompts)
    ]


def in_common(one: list[int], other: list[int]) -> int:
    """The length of the beginning that two prompts share."""
    return len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))


async def measure(prompts: list[str]) -> list[Figure]:
    """Fills the memories, then plays a session without learning."""
    graph = build_graph(patient_load())
    for user in range(TAUGHT):
        await graph.ainvoke({"user": user + USER + 1}, context=Context(memory="ephemeral"))

    async def session(rounds: int, **settings: Any) -> list[list[int]]:
        prompts.clear()
        context = Context(memory="ephemeral", max_rounds=rounds, learn=False, **settings)
        await graph.ainvoke({"user": USER}, context=context)
        return tokens_of(prompts)

    usual, fused = await session(ROUNDS), await session(ROUNDS, fused=True)
    sizes, known = list(map(len, usual)), read_before(usual)
    blocks = [tokens // BLOCK * BLOCK for tokens in known if tokens >= LEAST]
    late = list(map(len, await session(LONGER)))
    third = len(late) // 3
    slope = sum(late[-third:]) / sum(late[third : 2 * third])
    total = sum(sizes)
    return [
        Figure(f"prompt tokens of {ROUNDS} rounds", total, "", 60_000),
        Figure("the same, planner and critic in one call", sum(map(len, fused)), ""),
        Figure("beginnings of earlier prompts in them", 100 * sum(known) / total, "%"),
        Figure("of it in blocks that servers keep", 100 * sum(blocks) / total, "%", least=85),
        Figure("new tokens of a call", (total - sum(known)) / len(sizes), "", 250),
        Figure("tokens of rounds 41 to 60 by those of 21 to 40", slope, "times", 1.05),
    ]


def main() -> None:
    """Measures on the demo world."""
    prompts: list[str] = []
    generate = asked_in(OfflineChatModel._generate, prompts)
    OfflineChatModel._generate = generate  # type: ignore[method-assign]
    report(asyncio.run(measure(prompts)))


if __name__ == "__main__":
    main()
