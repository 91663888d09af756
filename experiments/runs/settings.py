"""What a run is asked for, in full; whatever is not written here does not change its results."""

import platform
import zlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from experiments.runs.chat_models import chat_models
from experiments.runs.presets import Phase
from experiments.runs.records import SCHEMA, RunFile
from experiments.runs.variants import Variant
from graph.load import spec_for
from models import exact_name
from nodes import ArmName, Context
from simulator import HalfName, World, WorldError
from stores import DEFAULT_EMBEDDING

EPHEMERAL = "ephemeral"
LATER = 1_000_000  # than any training: what an episode learns of itself outweighs it
PACKAGES = (
    "billp",
    "langgraph",
    "langchain-core",
    "langchain-openai",
    "chromadb",
    "torch",
    "numpy",
)


@dataclass(frozen=True)
class StudySize:
    """How many states, and how often each is valued and played from."""

    states: int = 10
    estimates: int = 30
    rollouts: int = 30


@dataclass(frozen=True)
class Budget:
    """What a baseline learns from: so many rounds played, or so many batches of the log."""

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
    structured: bool = False
    seeds: tuple[int, ...] = (0, 1, 2)
    episodes: int = 100
    train_episodes: int = 100
    batch: int = 10
    max_rounds: int = 100
    evaluate: tuple[Phase, ...] = ("frozen",)
    rules: Literal["default", "paper"] = "default"
    trained: str | None = None
    critic: StudySize | None = None
    rl: Budget = Budget()

    def context(self, variant: Variant, seed: int, phase: Phase) -> Context:
        """The settings of an episode."""
        half: HalfName = "train" if phase == "train" else "test"
        arm: ArmName = variant.method if variant.kind == "llm" else "act-only"  # type: ignore[assignment]
        chosen: dict[str, Any] = {
            "world": self.world,
            "half": half,
            "arm": arm,
            "model": variant.model or "offline",
            "base_url": self.base_url,
            "temperature": self.temperature,
            "structured": self.structured,
            "seed": seed,
            "memory": EPHEMERAL,
            "learn": phase != "frozen",
            "max_rounds": self.max_rounds,
            "rules": self.rules,
        }
        return Context(**{**chosen, **variant.changes})

    def phases(self, variant: Variant) -> tuple[Phase, ...]:
        """What is to be played of a variant; what learns nothing is evaluated once."""
        if not variant.learns:
            return ("frozen",) if self.evaluate else ()
        return self.evaluate if self.trained else ("train", *self.evaluate)

    def count(self, phase: Phase) -> int:
        """How many episodes a phase has."""
        return self.train_episodes if phase == "train" else self.episodes

    def first_stamp(self, phase: Phase) -> int:
        """Orders what the episodes of a phase teach after what was learned before."""
        return {"train": 1, "online": 1 + self.train_episodes, "frozen": LATER}[phase]


def check_size(settings: RunSettings, world: World) -> None:
    """Refuses more episodes than users: every one of an evaluation meets another user."""
    if settings.episodes > world.users:
        raise WorldError(
            f"world {world.name!r} has {world.users} users: evaluate at most as many episodes, "
            f"not {settings.episodes}"
        )


def run_file(settings: RunSettings, world: World, prices: Mapping[str, Any]) -> RunFile:
    """What is written into run.json."""
    return {
        "schema": SCHEMA,
        "preset": settings.preset,
        "settings": asdict(settings),
        "world": world_facts(world),
        "embedding": DEFAULT_EMBEDDING,
        "versions": {"python": platform.python_version(), **_versions()},
        "models": _exact_models(settings),
        "prices": dict(prices),
    }


def _exact_models(settings: RunSettings) -> dict[str, dict[str, str]]:
    """The chat model of each role of each variant, with its server, wherever that was named."""
    return {
        variant.name: {
            role: exact_name(spec_for(role, settings.context(variant, settings.seeds[0], "frozen")))
            for role in chat_models(asdict(variant))
        }
        for variant in settings.variants
        if variant.kind == "llm"
    }


def world_facts(world: World) -> dict[str, Any]:
    """What tells one world from another."""
    return {
        "name": world.name,
        "digest": world.digest or _digest(world),
        "users": world.users,
        "items": len(world.catalogue),
        "rule": asdict(world.rule),
    }


def _digest(world: World) -> str:
    """Of a world made by code, whose files there are none to compare."""
    crc = zlib.crc32("\n".join(world.catalogue.titles).encode())
    for half in world.halves.values():
        crc = zlib.crc32(half.vectors.tobytes(), crc)
        crc = zlib.crc32(half.rewards.rate(0).tobytes(), crc)
    return f"{crc:08x}"


def _versions() -> dict[str, str]:
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "unknown"
    return found
