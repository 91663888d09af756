"""How often memories were asked, and what they had, in a run's summary."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from experiments.runs.records import Record
from experiments.statistics.figures import MemoryUse
from graph.episode import build_graph
from graph.load import EPHEMERAL, load_parts
from nodes import ArmName, Context
from stores import Hit, Memories, MemoryName, Row, SentenceEmbedder, in_memory
from tests.experiments.made_records import phase_of, recall, record, variant

pytestmark = pytest.mark.slow


def test_the_share_of_hits_is_of_all_rounds_in_which_a_memory_was_asked() -> None:
    recalls = [
        recall("experiences", 1, 0.01),
        recall("experiences", 1, 0.004),
        recall("experiences", 3, 0.002),
        recall("values", 4, 0.05, "critic"),
    ]
    memory = phase_of([record(0, (4.0,) * 4, "similar", recalls=recalls)]).memory
    assert memory is not None
    assert memory["experiences"] == MemoryUse(asked=4, hit=0.5, distance=0.003)
    assert memory["values"] == MemoryUse(asked=4, hit=0.25, distance=0.05)
    assert memory["reflections"] == MemoryUse(asked=1, hit=0.0, distance=None)


def test_a_session_that_was_cut_off_is_valued_once_more() -> None:
    memory = phase_of([record(0, (4.0,) * 4, None)]).memory
    assert memory is not None
    assert memory["values"].asked == 5


@pytest.mark.parametrize(
    ("arm", "asked"),
    [
        ("react", None),
        ("reflexion", {"reflections"}),
        ("billp-no-macro", {"experiences", "values"}),
        ("billp-no-micro", {"reflections"}),
    ],
)
def test_only_memories_that_an_arm_uses_are_told(arm: str, asked: set[str] | None) -> None:
    memory = phase_of([record(0)], variant(arm)).memory
    assert (None if memory is None else set(memory)) == asked


def test_a_planner_who_is_given_no_reflections_does_not_ask_for_any() -> None:
    assert phase_of([record(0)], variant("reflexion", changes={"reflections": 0})).memory is None


class Asked(Memories):
    """Memories that count who turns to them, and how often they had something."""

    def __init__(self, embedder: SentenceEmbedder) -> None:
        super().__init__(in_memory(embedder.name), embedder)
        self.asked = Counter[str]()
        self.found = Counter[str]()

    def nearest(self, name: MemoryName, text: str, k: int) -> list[Hit]:
        return self._counted(name, super().nearest(name, text, k))

    def within(self, name: MemoryName, text: str, tau: float, own: Sequence[Row] = ()) -> list[Hit]:
        return self._counted(name, super().within(name, text, tau, own))

    def _counted(self, name: MemoryName, hits: list[Hit]) -> list[Hit]:
        self.asked[name] += 1
        self.found[name] += bool(hits)
        return hits


def kept(state: dict[str, Any], number: int) -> Record:
    cause = state["ending"]["cause"]
    made = record(number, phase="train", cause=cause, recalls=state["recalls"])
    made["steps"] = state["steps"]
    return made


@pytest.mark.parametrize("arm", ["reflexion", "billp", "billp-no-macro"])
def test_memories_are_told_to_be_asked_as_often_as_the_nodes_did(
    arm: ArmName, embedder: SentenceEmbedder
) -> None:
    memories = Asked(embedder)
    context = Context(
        arm=arm,
        memory=EPHEMERAL,
        max_rounds=6,
        tau_actor=0.2,
        tau_critic=0.2,
        learning="paper",  # evidence is of all experiences: no search is made for it
    )
    graph = build_graph(lambda wanted: replace(load_parts(wanted), memories=memories))

    async def played() -> list[dict[str, Any]]:
        users = (3, 4, 5, 3)
        return [
            await graph.ainvoke(
                {"user": user, "episode": f"e{number}", "at": number + 1}, context=context
            )
            for number, user in enumerate(users)
        ]

    records = [kept(state, number) for number, state in enumerate(asyncio.run(played()))]
    told = phase_of(records, variant(arm), "train").memory
    memories.close()
    assert told is not None
    assert {name: use.asked for name, use in told.items()} == memories.asked
    assert {name: round((use.hit or 0) * use.asked) for name, use in told.items()} == memories.found
    assert memories.found.total() > 0
