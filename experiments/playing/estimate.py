"""What a run would cost, on a sample of its own sessions: as they went, and all lasting to the cap.

The sample is played with the embedded model, on prompts as any model would get them. Replies are
taken to be as long as those of the chat model that was recorded with the paper's code (63 tokens a
thought, 10 an action). How long sessions get depends on the model: what is likely is as long as in
the sample, after a short training; at most every session lasts to the cap and every prompt is as
long as the longest of sessions that users do not leave. Variants that differ in nothing but their
chat model or their window share a sample.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from experiments.playing.model_checks import asked_models, check_models
from experiments.playing.policy_episodes import evaluation_users, training_users
from experiments.runs.settings import RunSettings, check_size
from experiments.runs.variants import Variant
from graph.episode import build_graph
from graph.load import load_parts, spec_for
from graph.parts_cache import Load
from graph.trainer import build_trainer
from graph.training import Assignment, Played, episode_input
from models import ROLES, Price, Prices, Role, Tokens, exact_name
from nodes import Context, EpisodeState, Parts
from simulator import QuitRule, World, load_world
from stores import Memories, in_memory

TRAINED, SAMPLE, PATIENT = 10, 4, 2  # sessions while learning, after it, and with patient users
LONGEST_PROMPTS = 44  # rounds after which a session is told at greatest length: then it is folded
WORDIER = 1.25  # plans and reflections of a chat model may be longer than the embedded model's
NEVER_LEAVES = QuitRule(beta=0.0, min_reward=0.0, no_repeats=False)
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


@dataclass(frozen=True)
class Sample:
    """Sessions of a training, of what comes after it, and of users who never leave."""

    learning: Sequence[EpisodeState]
    later: Sequence[EpisodeState]
    patient: Sequence[EpisodeState]

    def of_a_seed(self, measure: Callable[[EpisodeState], float], episodes: int) -> float:
        """What its episodes come to: first those of the training, then such as came later."""
        further = episodes - len(self.learning)
        return sum(map(measure, self.learning)) + further * self.of_one(measure)

    def of_one(self, measure: Callable[[EpisodeState], float]) -> float:
        """What a session comes to that came later."""
        return sum(map(measure, self.later)) / len(self.later)

    def longest(self, role: Role) -> float:
        """The tokens of the longest prompt that a role was given."""
        states = [*self.learning, *self.later, *self.patient]
        turns = [turn for state in states for turn in state["usage"] if turn["role"] == role]
        return max((turn["input"] / turn["calls"] for turn in turns), default=0.0)


def estimate_run(settings: RunSettings, prices: Prices) -> list[VariantCost]:
    """An estimate for each variant that asks a chat model; nobody is asked, so none needs a key."""
    world = load_world(settings.world)
    check_size(settings, world)
    check_models(asked_models(settings), keys=False)
    studied = next((one for one in settings.variants if one.judges), None)
    samples, found = dict[Context, Sample](), list[VariantCost]()
    for variant in settings.variants:
        if variant.kind != "llm":
            continue
        context = _offline(settings.context(variant, settings.seeds[0], "train"))
        if context not in samples:
            learns = "train" in settings.phases(variant)
            samples[context] = asyncio.run(_sample(settings, context, world, learns=learns))
        study = _study(settings) if variant == studied else (0, 0)
        found.append(_estimate(settings, variant, prices, samples[context], study))
    return found


def _estimate(
    settings: RunSettings,
    variant: Variant,
    prices: Prices,
    sample: Sample,
    study: tuple[int, int],
) -> VariantCost:
    context = settings.context(variant, settings.seeds[0], "train")
    a_seed = sum(settings.count(phase) for phase in settings.phases(variant))
    seeds, (sessions, estimates) = len(settings.seeds), study
    likely, at_most = NOTHING, NOTHING
    for role in ROLES:
        price = prices.of(exact_name(spec_for(role, context)))
        calls, asked = (
            seeds * sample.of_a_seed(measure, a_seed) + sessions * sample.of_one(measure)
            for measure in _measures(role)
        )
        if calls:
            extra = estimates if role == "critic" else 0
            likely += _cost(calls + extra, asked * (1 + extra / calls), role, price)
            whole = (seeds * a_seed + sessions) * _longest(role, context.max_rounds)
            most = max(calls, whole) + extra
            at_most += _cost(most, most * sample.longest(role) * WORDIER, role, price)
    rounds = sample.of_a_seed(lambda state: len(state["steps"]), a_seed) / max(a_seed, 1)
    return VariantCost(variant.name, variant.model or "", seeds * a_seed, rounds, likely, at_most)


def _study(settings: RunSettings) -> tuple[int, int]:
    """How many sessions the study of a Critic plays, and how often it asks the Critic besides."""
    size = settings.critic
    if size is None:
        return 0, 0
    states = min(size.states, settings.episodes)
    return states * (1 + size.rollouts), states * size.estimates


def _measures(role: Role) -> list[Callable[[EpisodeState], float]]:
    """How often a role was asked in a session, and with how many tokens in all."""

    def calls(state: EpisodeState) -> float:
        return sum(turn["calls"] for turn in state["usage"] if turn["role"] == role)

    def tokens(state: EpisodeState) -> float:
        return sum(turn["input"] for turn in state["usage"] if turn["role"] == role)

    return [calls, tokens]


def _longest(role: Role, rounds: int) -> int:
    """How often a role is asked in a session that lasts to the cap."""
    return {"critic": rounds + 1, "reflector": 1}.get(role, rounds)


def _cost(calls: float, asked: float, role: Role, price: Price | None) -> Cost:
    tokens = Tokens(round(asked), round(calls * REPLY_TOKENS[role]), 0, True)
    money = None if price is None else price.cost(tokens)
    return Cost(calls, tokens.input, tokens.output, money)


def _offline(context: Context) -> Context:
    """The same session with the embedded model in all roles, and the world's own window."""
    models: dict[str, Any] = {f"{role}_model": None for role in ROLES}
    return replace(context, model="offline", base_url=None, window=None, **models)


async def _sample(settings: RunSettings, context: Context, world: World, *, learns: bool) -> Sample:
    """Sessions with the users that the run begins with, in memories that vanish."""
    embedder, seed = load_parts(context).embedder, context.seed
    memories = Memories(in_memory(embedder.name), embedder)

    def load(wanted: Context) -> Parts:
        return replace(load_parts(wanted), memories=memories)

    def load_patient(wanted: Context) -> Parts:
        return replace(load(wanted), rule=NEVER_LEAVES)

    learning = list[EpisodeState]()
    if learns:
        users = training_users(settings, seed, world)[:TRAINED]
        learning = await _train(load, context, users, settings.batch)
    users = evaluation_users(settings, seed, world)[:SAMPLE]
    frozen = replace(context, half="test", learn=False)
    short = replace(frozen, max_rounds=min(LONGEST_PROMPTS, context.max_rounds))
    return Sample(
        learning,
        await _play(load, frozen, users),
        await _play(load_patient, short, users[:PATIENT]),
    )


async def _train(load: Load, context: Context, users: list[int], batch: int) -> list[EpisodeState]:
    """The sessions of a short training; the memories keep what it teaches."""
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
