"""What a run would cost, extrapolated from a sample of its own sessions.

Prompts are measured on the sample, which the offline model plays; replies are taken to be as long
as those recorded with the paper's code. The likely cost assumes sessions as long as in the sample,
the cost at most assumes that all sessions last to the cap with the longest prompts.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from experiments.playing.estimate_sample import Measure, Sample, play_sample
from experiments.playing.model_checks import asked_models, check_models
from experiments.runs.settings import RunSettings, check_size
from experiments.runs.variants import Variant
from graph.load import spec_for
from models import ROLES, Price, Prices, Role, Tokens, exact_name
from nodes import Context, EpisodeState
from simulator import load_world

VERBOSE = 1.25  # plans and reflections of a chat model may be longer than the offline model's
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
            self.calls + other.calls, self.input + other.input, self.output + other.output, money
        )


NOTHING = Cost(0, 0, 0, 0.0)


@dataclass(frozen=True)
class VariantCost:
    """The cost of a variant over all seeds and phases, its Critic study included."""

    variant: str
    model: str
    episodes: int
    rounds: float
    likely: Cost
    at_most: Cost


def estimate_run(settings: RunSettings, prices: Prices) -> list[VariantCost]:
    """An estimate for each variant with a chat model; none is called, so no key is needed."""
    world = load_world(settings.world)
    check_size(settings, world)
    check_models(asked_models(settings), keys=False)
    studied = next((one for one in settings.variants if one.judges), None)
    samples, estimates = dict[Context, Sample](), list[VariantCost]()
    for variant in settings.variants:
        if variant.kind != "llm":
            continue
        context = _offline(settings.context(variant, settings.seeds[0], "train"))
        if context not in samples:  # variants that differ only in model or window share one
            learns = "train" in settings.phases(variant)
            samples[context] = asyncio.run(play_sample(settings, context, world, learns=learns))
        study = _study_size(settings) if variant == studied else (0, 0)
        estimates.append(_estimate(settings, variant, prices, samples[context], study))
    return estimates


def _estimate(
    settings: RunSettings,
    variant: Variant,
    prices: Prices,
    sample: Sample,
    study: tuple[int, int],
) -> VariantCost:
    context = settings.context(variant, settings.seeds[0], "train")
    per_seed = sum(settings.count(phase) for phase in settings.phases(variant))
    seeds, (sessions, estimates) = len(settings.seeds), study
    likely, at_most = NOTHING, NOTHING
    for role in ROLES:
        price = prices.of(exact_name(spec_for(role, context)))
        calls, tokens = (
            seeds * sample.total(measure, per_seed) + sessions * sample.mean(measure)
            for measure in (_usage(role, "calls"), _usage(role, "input"))
        )
        if calls:
            extra = estimates if role == "critic" else 0
            likely += _cost(calls + extra, tokens * (1 + extra / calls), role, price)
            to_the_cap = (seeds * per_seed + sessions) * _longest(role, context.max_rounds)
            most = max(calls, to_the_cap) + extra
            at_most += _cost(most, most * sample.longest_prompt(role) * VERBOSE, role, price)
    rounds = sample.total(lambda state: len(state["steps"]), per_seed) / max(per_seed, 1)
    return VariantCost(variant.name, variant.model or "", seeds * per_seed, rounds, likely, at_most)


def _study_size(settings: RunSettings) -> tuple[int, int]:
    """How many sessions a Critic study plays, and how many further estimates it asks for."""
    size = settings.critic
    if size is None:
        return 0, 0
    states = min(size.states, settings.episodes)
    return states * (1 + size.rollouts), states * size.estimates


def _usage(role: Role, field: str) -> Measure:
    """The calls or input tokens of a role in a session."""

    def measure(state: EpisodeState) -> float:
        turns: Any = state["usage"]
        return float(sum(turn[field] for turn in turns if turn["role"] == role))

    return measure


def _longest(role: Role, rounds: int) -> int:
    """The calls of a role in a session that lasts to the cap."""
    return {"critic": rounds + 1, "reflector": 1}.get(role, rounds)


def _cost(calls: float, prompts: float, role: Role, price: Price | None) -> Cost:
    tokens = Tokens(round(prompts), round(calls * REPLY_TOKENS[role]), 0, True)
    money = None if price is None else price.cost(tokens)
    return Cost(calls, tokens.input, tokens.output, money)


def _offline(context: Context) -> Context:
    """The same session with the offline model in all roles, and the world's own window."""
    models: dict[str, Any] = {f"{role}_model": None for role in ROLES}
    return replace(context, model="offline", base_url=None, window=None, **models)
