"""What a run would cost, extrapolated from a sample of its own sessions.

Prompts are measured on the sample, which the offline model plays. The likely cost assumes sessions
as long as in the sample, and replies as long as those recorded with the paper's code. The cost at
most assumes that all sessions last to the cap with the longest prompts, and that every reply is as
long as it may be.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from experiments.playing.model_checks import asked_models, check_models
from experiments.playing.run import users_of
from experiments.runs.settings import RunSettings, check_size
from experiments.runs.variants import Variant
from graph.episode import build_graph
from graph.load import Load, load_parts, spec_for
from graph.trainer import build_trainer
from graph.training import Assignment, Played, episode_input
from models import ROLES, Form, Price, Prices, Role, Tokens, exact_name
from nodes import Context, EpisodeState, Parts
from simulator import QuitRule, World, load_world
from stores import Memories

TRAINING, EVALUATED, ENDLESS = 10, 4, 2  # sessions of each kind
LONGEST_PROMPTS = 44  # rounds after which prompts have their greatest length: then they are folded
NEVER_LEAVES = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)
VERBOSE = 1.25  # plans and reflections of a chat model may be longer than the offline model's
REPLY_TOKENS: Mapping[Role, int] = {"planner": 63, "actor": 10, "critic": 5, "reflector": 75}

Measure = Callable[[EpisodeState], float]


@dataclass(frozen=True)
class Sample:
    """Sessions of a short training, of evaluation after it, and of users who never leave."""

    training: Sequence[EpisodeState]
    evaluated: Sequence[EpisodeState]
    endless: Sequence[EpisodeState]

    def total(self, measure: Measure, episodes: int) -> float:
        """The sum over a seed's episodes; those beyond the sampled training count as the mean."""
        further = episodes - len(self.training)
        return sum(map(measure, self.training)) + further * self.mean(measure)

    def mean(self, measure: Measure) -> float:
        """The mean of the evaluated sessions."""
        return sum(map(measure, self.evaluated)) / len(self.evaluated)

    def longest_prompt(self, role: Role) -> float:
        """The tokens of the longest prompt of a role."""
        states = [*self.training, *self.evaluated, *self.endless]
        turns = [turn for state in states for turn in state["usage"] if turn["role"] == role]
        return max((turn["input"] / turn["calls"] for turn in turns), default=0.0)


async def play_sample(
    settings: RunSettings, context: Context, world: World, *, learns: bool
) -> Sample:
    """Plays the users that the run begins with, on memories that are not kept."""
    embedder, seed = load_parts(context).embedder, context.seed
    memories = Memories.in_memory(embedder)

    def load(wanted: Context) -> Parts:
        return replace(load_parts(wanted), memories=memories)

    def load_endless(wanted: Context) -> Parts:
        return replace(load(wanted), rule=NEVER_LEAVES)

    training = list[EpisodeState]()
    if learns:
        users = users_of(settings, "train", seed, world)[:TRAINING]
        training = await _train(load, context, users, settings.batch)
    users = users_of(settings, "frozen", seed, world)[:EVALUATED]
    frozen = replace(context, half="test", learn=False)
    short = replace(frozen, max_rounds=min(LONGEST_PROMPTS, context.max_rounds))
    return Sample(
        training,
        await _play(load, frozen, users),
        await _play(load_endless, short, users[:ENDLESS]),
    )


async def _train(load: Load, context: Context, users: list[int], batch: int) -> list[EpisodeState]:
    states = list[EpisodeState]()

    async def play(graph: Any, assignment: Assignment, context: Context) -> Played:
        state = cast(EpisodeState, await graph.ainvoke(episode_input(assignment), context=context))
        states.append(state)
        return Played(assignment=assignment, state=state, failure=None)

    trainer = build_trainer(load, play)
    await trainer.ainvoke(
        {"users": users, "batch": batch, "name": "estimate", "at": 1}, context=context
    )
    return states


async def _play(load: Load, context: Context, users: list[int]) -> list[EpisodeState]:
    graph = build_graph(load)
    playing: Any = (graph.ainvoke({"user": user}, context=context) for user in users)
    return cast(list[EpisodeState], list(await asyncio.gather(*playing)))


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
    settings: RunSettings, variant: Variant, prices: Prices, sample: Sample, study: tuple[int, int]
) -> VariantCost:
    context = settings.context(variant, settings.seeds[0], "train")
    per_seed = sum(settings.count(phase) for phase in settings.phases(variant))
    seeds, (sessions, estimates) = len(settings.seeds), study
    likely, at_most = NOTHING, NOTHING
    for role in ROLES:
        spec = spec_for(role, context)
        price = prices.of(exact_name(spec))
        bound = spec.reply_tokens.of(role, Form(room="thinking" if spec.thinking else "usual"))
        typical = min(REPLY_TOKENS[role], bound)
        calls, tokens = (
            seeds * sample.total(measure, per_seed) + sessions * sample.mean(measure)
            for measure in (_usage(role, "calls"), _usage(role, "input"))
        )
        if calls:
            extra = estimates if role == "critic" else 0
            likely += _cost(calls + extra, tokens * (1 + extra / calls), typical, price)
            rounds = context.max_rounds
            longest = {"critic": rounds + 1, "reflector": 1}.get(role, rounds)
            to_the_cap = (seeds * per_seed + sessions) * longest
            most = max(calls, to_the_cap) + extra
            at_most += _cost(most, most * sample.longest_prompt(role) * VERBOSE, bound, price)
    mean = sample.total(lambda state: len(state["steps"]), per_seed) / max(per_seed, 1)
    return VariantCost(variant.name, variant.model or "", seeds * per_seed, mean, likely, at_most)


def _study_size(settings: RunSettings) -> tuple[int, int]:
    """How many sessions a Critic study plays, and how many further estimates it asks for."""
    size = settings.critic
    if size is None:
        return 0, 0
    return size.states * (1 + size.rollouts), size.states * size.estimates


def _usage(role: Role, field: str) -> Measure:
    """The calls or input tokens of a role in a session."""

    def measure(state: EpisodeState) -> float:
        turns: Any = state["usage"]
        return float(sum(turn[field] for turn in turns if turn["role"] == role))

    return measure


def _cost(calls: float, prompts: float, reply: int, price: Price | None) -> Cost:
    tokens = Tokens(round(prompts), round(calls * reply), 0, True)
    money = None if price is None else price.cost(tokens)
    return Cost(calls, tokens.input, tokens.output, money)


def _offline(context: Context) -> Context:
    """The same session with the offline model in all roles, and the world's own window."""
    models: dict[str, Any] = {f"{role}_model": None for role in ROLES}
    return replace(context, model="offline", base_url=None, window=None, **models)
