"""No tool, prompt or memory reaches the half that judges: only the simulated user asks it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from graph import ARMS
from graph.episode import build_graph
from graph.load import load_parts
from models import from_chat_model
from nodes import ArmName, Context, Parts
from simulator import Half, RewardModel, World
from simulator.arrays import Indices, Ratings
from stores import Memories
from tests.graph.conftest import TellingModel

BEFORE_THE_FIRST_RATING = 3  # planner and critic, then the actor


@dataclass
class Watched:
    """A reward model that notes every question it is asked."""

    inner: RewardModel
    asked: list[tuple[int, ...]] = field(default_factory=list)

    def rate(self, user: int, items: Sequence[int] | None = None) -> Ratings:
        self.asked.append((user, *(items if items is not None else (-1,))))
        return self.inner.rate(user, items)

    def rate_pairs(self, users: Indices, items: Indices) -> Ratings:
        self.asked.append((-1,))
        return self.inner.rate_pairs(users, items)

    def rate_all(self, users: Indices) -> Ratings:
        self.asked.append((-1,))
        return self.inner.rate_all(users)


def watched_world(world: World) -> tuple[World, Watched]:
    test = Watched(world.halves["test"].rewards)
    halves = {**world.halves, "test": Half(test, world.halves["test"].vectors)}
    return replace(world, halves=halves), test


@pytest.mark.parametrize("arm", ARMS)
async def test_the_test_half_rates_the_shown_items_and_nothing_else(
    arm: ArmName, memories: Memories
) -> None:
    context = Context(arm=arm, half="test", memory="ephemeral", max_rounds=8)
    usual = load_parts(context)
    world, test = watched_world(usual.world)
    model = TellingModel()

    def load(_: Context) -> Parts:
        return replace(
            usual,
            world=world,
            half=world.half("test"),
            memories=memories,
            chat=from_chat_model(model),
        )

    state = await build_graph(load).ainvoke({"user": 5}, context=context)
    shown = [world.catalogue.find(step["item"]) for step in state["steps"]]
    assert test.asked == [(5, item) for item in shown]


async def test_prompts_of_the_first_round_do_not_depend_on_the_test_half(
    memories: Memories,
) -> None:
    context = Context(half="test", memory="ephemeral", max_rounds=1, learn=False)
    usual = load_parts(context)
    prompts = []
    for shift in (0.0, 1.0):
        tastes = usual.world.halves["test"].rewards
        other = replace(tastes, users=tastes.users + np.float32(shift))  # type: ignore[type-var,attr-defined]
        halves = {**usual.world.halves, "test": Half(other, usual.half.vectors)}
        world = replace(usual.world, halves=halves)
        model = TellingModel()
        parts = replace(
            usual,
            world=world,
            half=world.half("test"),
            memories=memories,
            chat=from_chat_model(model),
        )
        await build_graph(lambda _, parts=parts: parts).ainvoke({"user": 5}, context=context)
        prompts.append([prompt for _, prompt in model.asked[:BEFORE_THE_FIRST_RATING]])
    assert prompts[0] == prompts[1]
    assert len(prompts[0]) == BEFORE_THE_FIRST_RATING
