"""One episode on its checkpoints, from its start or from where it was left."""

from collections.abc import Mapping
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver

from graph.episode import EpisodeGraph
from graph.training import Assignment, episode_input
from nodes import Context


async def play_on(
    graph: EpisodeGraph, saver: BaseCheckpointSaver[str], assignment: Assignment, context: Context
) -> Mapping[str, Any]:
    """Plays an episode on from its last checkpoint; returns its last state."""
    config = _config(assignment)
    begun = await saver.aget_tuple(config)
    start = None if begun else episode_input(assignment)
    state: Mapping[str, Any] = await graph.ainvoke(
        start, config, context=context, durability="sync"
    )
    return state


async def state_so_far(graph: EpisodeGraph, assignment: Assignment) -> Mapping[str, Any]:
    """The state at an episode's last checkpoint."""
    return (await graph.aget_state(_config(assignment))).values


def _config(assignment: Assignment) -> Any:
    return {"configurable": {"thread_id": assignment["episode"]}}
