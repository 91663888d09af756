"""Kills a process in the middle of its chat calls: what it had paid for is recorded and kept."""

import asyncio
import random
import subprocess
import sys
import time
import warnings
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
from langchain_core.outputs import ChatGeneration, ChatResult

from models import ChatCall, Ledger, ModelSpec, ReplyCache, from_chat_model
from models.cached import cached
from models.call_log import CallLog
from models.meter import metered

ROUNDS, CALLS_A_ROUND, AT_ONCE = 6, 100_000, 16
LONGEST_DELAY = 0.05  # seconds after an acknowledgement, some dozens of calls

pytestmark = pytest.mark.system


class Counted(BaseChatModel):
    """Is asked numbers, and tells each as the tokens that it cost."""

    @property
    def _llm_type(self) -> str:
        return "counted"

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **more: Any
    ) -> ChatResult:
        cost = int(messages[-1].text)
        usage: Any = {"input_tokens": cost, "output_tokens": 1, "total_tokens": cost + 1}
        message = AIMessage(f"reply {cost}", usage_metadata=usage)
        return ChatResult(generations=[ChatGeneration(message=message)])


class Unwilling(Counted):
    """Is not to be asked at all."""

    def _generate(self, messages: list[BaseMessage], *told: Any, **more: Any) -> ChatResult:
        raise AssertionError(f"asked {messages[-1].text} again")


async def call_for_ever(folder: Path, first: int) -> None:
    """Sixteen who make a call after the other, and print each when it was answered."""
    ledger, cache = Ledger(folder / "calls.csv"), ReplyCache(folder / "replies.sqlite")
    model = cached(metered(from_chat_model(Counted()), ModelSpec(), ledger), ModelSpec(), cache)

    async def caller(start: int) -> None:
        for number in range(start, first + CALLS_A_ROUND, AT_ONCE):
            await model("actor", [HumanMessage(str(number))])
            print(number, flush=True)

    await asyncio.gather(*(caller(first + number) for number in range(AT_ONCE)))


def kill_after(folder: Path, first: int, calls: int, delay: float) -> list[int]:
    """Lets a process make some calls, and gives all that it acknowledged before it was killed."""
    command = [sys.executable, __file__, str(folder), str(first)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        seen = [int(process.stdout.readline()) for _ in range(calls)]
        time.sleep(delay)
        process.kill()
        rest = process.stdout.read().splitlines(keepends=True)
        return seen + [int(line) for line in rest if line.endswith("\n")]


def test_no_answered_call_is_lost_to_kills_and_none_is_recorded_twice(tmp_path: Path) -> None:
    chance, promised = random.Random(5), set[int]()
    for round_ in range(ROUNDS):
        first, delay = 1 + round_ * CALLS_A_ROUND, chance.uniform(0, LONGEST_DELAY)
        promised.update(kill_after(tmp_path, first, chance.randint(1, 200), delay))
        with warnings.catch_warnings(action="error"):
            recorded = [call.tokens.input for call in CallLog(tmp_path / "calls.csv").calls()]
        assert promised <= set(recorded)
        assert len(recorded) == len(set(recorded))
        with closing(Ledger(tmp_path / "calls.csv")) as ledger:
            assert (ledger.totals.calls, ledger.totals.input) == (len(recorded), sum(recorded))
    with closing(ReplyCache(tmp_path / "replies.sqlite")) as cache:
        model = cached(from_chat_model(Unwilling()), ModelSpec(), cache)
        assert asyncio.run(replies_to(promised, model)) == [f"reply {n}" for n in promised]


async def replies_to(numbers: set[int], chat: ChatCall) -> list[str]:
    return [(await chat("actor", [HumanMessage(str(number))])).text for number in numbers]


if __name__ == "__main__":
    asyncio.run(call_for_ever(Path(sys.argv[1]), int(sys.argv[2])))
