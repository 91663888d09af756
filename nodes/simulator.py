"""The simulated user, as a node: receives an item, rates it, stays or leaves."""

from typing import Any

from nodes.context import Context
from nodes.parts import Parts
from nodes.state import Ending, EpisodeState, Step
from nodes.tools import shown_items
from nodes.trajectory import brief
from simulator import QuitCause, Response, respond


async def receive(state: EpisodeState, context: Context, parts: Parts) -> dict[str, Any]:
    """Shows the chosen item to the user and records the round."""
    choice = state["choice"]
    response = _respond(state, parts)  # arithmetic on one item: a thread would cost more
    step = Step(
        round=len(state["steps"]) + 1,
        thought=state["thought"],
        plan=brief(state["thought"]),
        reply=choice["reply"],
        item=choice["item"],
        found=choice["found"],
        reward=round(response.reward, 4),
        quit=response.cause,
    )
    ended = response.cause is not None or step["round"] >= context.max_rounds
    steps = [*state["steps"], step]
    return {"steps": [step], "ending": ending(steps, response.cause) if ended else None}


def ending(steps: list[Step], cause: QuitCause | None) -> Ending:
    """How the session went: the user quit (terminated) or the cap cut it off (truncated)."""
    total = sum(step["reward"] for step in steps)
    return Ending(
        terminated=cause is not None,
        truncated=cause is None,
        cause=cause,
        rounds=len(steps),
        mean_reward=round(total / len(steps), 4),
        total_reward=round(total, 4),
    )


def _respond(state: EpisodeState, parts: Parts) -> Response:
    catalogue = parts.world.catalogue
    item = catalogue.find(state["choice"]["item"])
    if item is None:
        raise ValueError(f"{state['choice']['item']!r} is not in the catalogue: ground it first")
    return respond(parts.half, parts.rule, state["user"], shown_items(state, catalogue), item)
