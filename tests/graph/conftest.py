"""An episode graph on the demo world whose chat model tells what it was asked."""

from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from langchain_core.callbacks import AsyncCallbackManagerForLLMRun
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import PrivateAttr

from graph.episode import EpisodeGraph, build_graph
from graph.load import load_parts
from models import OfflineChatModel, Role, from_chat_model, prompt_text
from nodes import Context, Parts
from simulator import QuitRule
from stores import Memories

PATIENT = QuitRule(beta=0.0, window=4, min_reward=0.0, no_repeats=False)


class TellingModel(OfflineChatModel):
    """The offline model, keeping every prompt in the order in which they came."""

    _asked: list[tuple[Role, str]] = PrivateAttr(default_factory=list)

    @property
    def asked(self) -> list[tuple[Role, str]]:
        return self._asked

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = prompt_text(messages)
        role = run_manager.metadata["role"] if run_manager else None
        assert role is not None
        self._asked.append((role, prompt))
        return await super()._agenerate(messages, stop, run_manager, **kwargs)


@dataclass
class Stage:
    """A graph to play on, with what it plays with in reach."""

    memories: Memories
    model: OfflineChatModel = field(default_factory=TellingModel)
    rule: QuitRule | None = None

    def load(self, context: Context) -> Parts:
        parts = load_parts(replace(context, memory="ephemeral"))
        return replace(
            parts,
            memories=self.memories,
            rule=self.rule or parts.rule,
            chat=from_chat_model(self.model),
        )

    @property
    def graph(self) -> EpisodeGraph:
        return build_graph(self.load)

    @property
    def asked(self) -> list[tuple[Role, str]]:
        assert isinstance(self.model, TellingModel)
        return self.model.asked


@pytest.fixture
def stage(memories: Memories) -> Stage:
    """The demo world as it is."""
    return Stage(memories)


@pytest.fixture
def patient(memories: Memories) -> Stage:
    """The demo world with users who never leave."""
    return Stage(memories, rule=PATIENT)
