"""A program for a test to kill: plays one checkpointed episode, or goes on with it.

python -m tests.system.interrupted CHECKPOINTS MEMORY KILL_BEFORE_CALL
"""

import asyncio
import json
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from graph.episode import build_graph
from graph.load import load_parts
from models import OfflineChatModel, from_chat_model
from nodes import Context, Parts
from simulator import QuitRule
from stores import MEMORIES, MemoryFolder

ROUNDS = 12
CONFIG: Any = {"configurable": {"thread_id": "one"}}


class MortalModel(OfflineChatModel):
    """Kills its process at the n-th call."""

    calls_left: int

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        self.calls_left -= 1
        if self.calls_left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return await super()._agenerate(messages, stop, run_manager, **kwargs)


async def main(checkpoints: str, memory: str, kill_before_call: int) -> None:
    """Starts the episode, or resumes what a kill left of it."""
    base = load_parts(Context(memory="ephemeral"))
    memories = MemoryFolder(Path(memory), base.embedder)
    model = MortalModel(calls_left=kill_before_call)

    def load(context: Context) -> Parts:
        rule = QuitRule(beta=0.0, min_reward=0.0)
        return replace(base, memories=memories, chat=from_chat_model(model), rule=rule)

    async with AsyncSqliteSaver.from_conn_string(checkpoints) as saver:
        graph = build_graph(load)
        graph.checkpointer = saver
        started = (await graph.aget_state(CONFIG)).values
        given: Any = None if started else {"user": 3, "episode": "one", "at": 1}
        state = await graph.ainvoke(given, CONFIG, context=Context(max_rounds=ROUNDS))
    rows = {name: [(row.id, row.touched) for row in memories.rows(name)] for name in MEMORIES}
    print(json.dumps({"state": state, "rows": rows}, sort_keys=True))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
