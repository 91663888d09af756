"""What a run would cost: prompts measured on a few episodes, sessions as long as those or the cap.

The sample is played with the embedded model, on prompts as any model would get them. Replies are
taken to be as long as those of the chat model that was recorded with the paper's code (63 tokens a
thought, 10 an action); how long sessions get depends on the model, so the cap is shown as well.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from experiments.asked import asked_models, check_models
from experiments.settings import RunSettings, check_size
from experiments.variants import Variant
from graph.episode import build_graph
from graph.load import load_parts, spec_for
from graph.trainer import draw_users
from models import ROLES, Price, Prices, Role, Tokens, exact_name
from nodes import Context, EpisodeState
from simulator import load_world

SAMPLE, SAMPLE_ROUNDS = 4, 30
REPLY_TOKENS: Mapping[Role, int] = {"planner": 63, "actor": 10, "critic": 5, "reflector": 75}


@dataclass(frozen=True)
class Cost:
    """Calls, tokens and USD; None where a price is unknown."""

    calls: float
    input: float
    output: float
    money: float | None

    def __add__(self, other: "Cost") -> "Cost":
        money = None if self.money is None or other.money is None else self.money + other.money
        return Cost(
            self.calls + other.calls,
            self.input + other.input,
            self.output + other.output,
            money,
        )


NOTHING = Cost(0, 0, 0, 0.0)


@dataclass(frozen=True)
class VariantCost:
    """The cost of a variant's episodes, all seeds and phases together, and of its critic study."""

    variant: str
    model: str
    episodes: int
    rounds: float
    likely: Cost
    at_most: Cost


def estimate_run(settings: RunSettings, prices: Prices) -> list[VariantCost]:
    """An estimate for each variant that asks a chat model; nobody is asked, so none needs a key."""
    check_size(settings, load_world(settings.world))
    check_models(asked_models(settings), keys=False)
    studied = next((one for one in settings.variants if one.judges), None)
    return [
        _estimate(settings, variant, prices, studied=settings.critic and variant == studied)
        for variant in settings.variants
        if variant.kind == "llm"
    ]


def _estimate(
    settings: RunSettings, variant: Variant, prices: Prices, *, studied: object
) -> VariantCost:
    context = settings.context(variant, settings.seeds[0], "train")
    states = asyncio.run(_sample(context))
    counted = [settings.count(phase) for phase in settings.phases(variant)]
    episodes = len(settings.seeds) * sum(counted)
    sessions, estimates = _study(settings) if studied else (0, 0)
    likely, at_most = NOTHING, NOTHING
    for role in ROLES:
        calls, asked = _turns(states, role)
        if calls:
            extra = estimates if role == "critic" else 0
            price = prices.of(exact_name(spec_for(role, context)))
            for_each = calls, max(calls, _longest(role, context.max_rounds))
            costs = [_cost((episodes + sessions) * n + extra, asked, role, price) for n in for_each]
            likely, at_most = likely + costs[0], at_most + costs[1]
    rounds = sum(len(state["steps"]) for state in states) / len(states)
    return VariantCost(variant.name, variant.model or "", episodes, rounds, likely, at_most)


def _study(settings: RunSettings) -> tuple[int, int]:
    """How many sessions the study of a Critic plays, and how often it asks the Critic besides."""
    size = settings.critic
    if size is None:
        return 0, 0
    states = min(size.states, settings.episodes)
    return states * (1 + size.rollouts), states * size.estimates


def _turns(states: Sequence[EpisodeState], role: Role) -> tuple[float, float]:
    """How often a role was asked in a session of the sample, and with how many tokens each time."""
    turns = [turn for state in states for turn in state["usage"] if turn["role"] == role]
    calls = sum(turn["calls"] for turn in turns)
    return calls / len(states), sum(turn["input"] for turn in turns) / max(calls, 1)


def _longest(role: Role, rounds: int) -> int:
    """How often a role is asked in a session that lasts to the cap."""
    return {"critic": rounds + 1, "reflector": 1}.get(role, rounds)


def _cost(calls: float, asked: float, role: Role, price: Price | None) -> Cost:
    tokens = Tokens(round(calls * asked), round(calls * REPLY_TOKENS[role]), 0, True)
    money = None if price is None else price.cost(tokens)
    return Cost(calls, tokens.input, tokens.output, money)


async def _sample(context: Context) -> list[EpisodeState]:
    """A few sessions with the embedded model in all roles."""
    models = {f"{role}_model": None for role in ROLES}
    offline = replace(
        context,
        model="offline",
        base_url=None,
        max_rounds=min(SAMPLE_ROUNDS, context.max_rounds),
        learn=False,
        **models,  # type: ignore[arg-type]
    )
    world = load_parts(offline).world
    graph = build_graph(load_parts)
    users = draw_users(world.users, SAMPLE, context.seed)
    playing: Any = (graph.ainvoke({"user": user}, context=offline) for user in users)
    return list(await asyncio.gather(*playing))
