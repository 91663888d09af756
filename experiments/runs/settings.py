"""Everything that a run's results depend on."""

from dataclasses import dataclass, field
from typing import Any, Literal

from experiments.runs.presets import Phase
from experiments.runs.refusals import refuse_too_few_users
from experiments.runs.variants import Variant
from graph.load import EPHEMERAL
from models import ReplyTokens
from nodes import ArmName, Context
from simulator import HalfName, World, WorldError

REPLIES = ("choose", "structured", "thinking", "reply_tokens")  # how they are asked for
SHARED = (
    "world",
    "base_url",
    "temperature",
    *REPLIES,
    "max_rounds",
    "rules",
    "learning",
    "memory_capacity",
)
LATER = 1_000_000  # stamps an episode after any training: its own lessons are the newest


@dataclass(frozen=True)
class StudySize:
    """The size of the Critic's study: states, and estimates and rollouts of each."""

    states: int = 10
    estimates: int = 30
    rollouts: int = 30


@dataclass(frozen=True)
class Budget:
    """What a baseline learns from: rounds played online, or batches of the log offline."""

    transitions: int = 100_000
    updates: int = 2_000
    batch: int = 256
    device: str = "cpu"


@dataclass(frozen=True)
class RunSettings:
    """Worlds, methods, sizes and seeds of a run."""

    preset: str
    world: str
    variants: tuple[Variant, ...]
    base_url: str | None = None
    temperature: float = 0.5
    choose: Literal["number", "title"] = "number"
    structured: bool = True
    thinking: bool | None = None
    reply_tokens: ReplyTokens = field(default_factory=ReplyTokens)
    seeds: tuple[int, ...] = (0, 1, 2)
    episodes: int = 100
    train_episodes: int = 100
    batch: int = 10
    max_rounds: int = 100
    evaluate: tuple[Phase, ...] = ("frozen",)
    rules: Literal["default", "paper"] = "default"
    learning: Literal["default", "paper"] = "default"
    memory_capacity: int | None = None
    users: Literal["new", "any"] = "new"
    trained: str | None = None
    critic: StudySize | None = None
    rl: Budget = Budget()

    def context(self, variant: Variant, seed: int, phase: Phase) -> Context:
        """The settings of an episode."""
        half: HalfName = "train" if phase == "train" else "test"
        named = variant.kind == "llm" and not variant.own  # an arm of one's own is in the parts
        arm: ArmName = variant.method if named else "act-only"  # type: ignore[assignment]
        chosen: dict[str, Any] = {
            **{name: getattr(self, name) for name in SHARED},
            "half": half,
            "arm": arm,
            "model": variant.model or "offline",
            "seed": seed,
            "memory": EPHEMERAL,
            "learn": phase != "frozen",
        }
        if half == "train" and variant.arm and variant.arm.trained_in:
            chosen["world"] = variant.arm.trained_in
        return Context(**{**chosen, **variant.changes})

    def phases(self, variant: Variant) -> tuple[Phase, ...]:
        """The phases of a variant; one that does not learn is evaluated once."""
        if not variant.learns:
            return ("frozen",) if self.evaluate else ()
        return self.evaluate if self.trained else ("train", *self.evaluate)

    def count(self, phase: Phase) -> int:
        """How many episodes a phase has."""
        return self.train_episodes if phase == "train" else self.episodes

    def first_stamp(self, phase: Phase) -> int:
        """The stamp of a phase's first episode, later than those of the phases before."""
        return {"train": 1, "online": 1 + self.train_episodes, "frozen": LATER}[phase]


def check_size(settings: RunSettings, world: World) -> None:
    """Refuses more evaluated episodes or studied states than users, as each takes another user.

    So do episodes that learn, unless training may meet any users.
    """
    if settings.episodes > world.users:
        raise WorldError(
            f"world {world.name!r} has {world.users} users: evaluate at most as many episodes, "
            f"not {settings.episodes}"
        )
    if settings.critic and settings.critic.states > world.users:
        raise WorldError(
            f"world {world.name!r} has {world.users} users: value at most as many states, "
            f"not {settings.critic.states}"
        )
    if settings.users == "new" and any(one.learns for one in settings.variants):
        refuse_too_few_users(
            world.name,
            world.users,
            learning=settings.train_episodes,
            evaluated=max(settings.episodes, settings.critic.states if settings.critic else 0),
            choice=settings.trained is None,
        )
