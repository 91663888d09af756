"""A bounded number of memories is open; those in use are never closed."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from graph import load
from graph.episode import build_graph
from graph.open_memories import OpenMemories
from nodes import Context
from stores import Memories, SentenceEmbedder


@pytest.fixture
def opens(tmp_path: Path, embedder: SentenceEmbedder) -> Callable[[str], Callable[[], Memories]]:
    """Opens the memory folder of a name, which fails while it is open already."""
    return lambda name: lambda: Memories.in_folder(tmp_path / name, embedder)


def test_the_least_recently_used_memories_are_closed(opens: Any) -> None:
    memories = OpenMemories(2)
    first, second = (memories.get(name, opens(name)) for name in "ab")
    assert memories.get("a", opens("a")) is first
    memories.get("c", opens("c"))
    assert len(memories) == 2
    with memories.using(first) as a, memories.using(second) as b:
        assert (a, b) == (True, False)
    assert memories.get("b", opens("b")) is not second


def test_memories_in_use_stay_open(opens: Any) -> None:
    memories = OpenMemories(1)
    first = memories.get("a", opens("a"))
    with memories.using(first):
        memories.get("b", opens("b"))
        assert memories.get("a", opens("a")) is first
        assert first.counts()
    memories.get("c", opens("c"))
    assert len(memories) == 1


@pytest.mark.slow
async def test_sessions_with_more_memories_than_may_be_open_learn_and_recall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    open_memories = OpenMemories(2)
    monkeypatch.setattr(load, "_memories", open_memories)
    graph, state = build_graph(), {}
    for name in ("one", "two", "three", "one"):
        context = Context(memory=f"bounded-{name}", max_rounds=2)
        state = await graph.ainvoke({"user": 3}, context=context)
        assert len(open_memories) <= 2
    assert state["principles"]
