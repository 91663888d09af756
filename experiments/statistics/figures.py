"""The figures of a run, as summary.json holds them.

Where a class has several bases, the last base comes first in the file.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import add
from typing import Any

from experiments.runs.presets import Phase
from experiments.runs.records import TrainingCurve
from experiments.runs.run_file import WorldFacts
from experiments.runs.variants import Kind, Variant
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import Metrics, Spread
from models import Role
from nodes import Arm
from stores import MemoryName


@dataclass(frozen=True)
class RoleUsage:
    """Calls and tokens of a role; cached tokens are among those of the input."""

    calls: int
    input: int
    output: int
    cached: int

    def __add__(self, other: "RoleUsage") -> "RoleUsage":
        return RoleUsage(*map(add, vars(self).values(), vars(other).values()))


@dataclass(frozen=True)
class MemoryUse:
    """Retrievals from a memory, the share that found something, and the mean nearest distance."""

    asked: int
    hit: float | None
    distance: float | None


@dataclass(frozen=True)
class DistinctItems:
    """Different items by episode and in all."""

    per_episode: Estimate
    overall: int


@dataclass(frozen=True, kw_only=True)
class EpisodeCounts:
    """Finished and failed episodes, and the users of the finished ones."""

    episodes: int
    errors: int
    error_types: Mapping[str, int]
    users: int


@dataclass(frozen=True, kw_only=True)
class PhaseFigures(Metrics, EpisodeCounts):
    """A variant's figures of one phase; failures count only as errors and in usage and money.

    A point of `survival` holds its round, the share `alive`, and the share that left by cause.
    """

    without_last: Metrics
    seed_spread: Spread | None = None
    ends: Mapping[str, int]
    survival: Sequence[Mapping[str, int | float]]
    distinct_items: DistinctItems
    repeats: float | None = None
    groups: Sequence[float] | None = None
    found: Mapping[str, float] | None = None
    memory: Mapping[MemoryName, MemoryUse] | None = None
    usage: Mapping[Role, RoleUsage] | None = None
    money: float | None = None


@dataclass(frozen=True, kw_only=True)
class BatchCounts:
    """The episodes of a batch."""

    batch: int
    episodes: int


@dataclass(frozen=True, kw_only=True)
class LearningPoint(Metrics, BatchCounts):
    """The metrics of a batch of training."""


@dataclass(frozen=True)
class GrowthPoint:
    """Mean rows in each memory once a batch was committed."""

    batch: int
    reflections: float
    experiences: float
    values: float


@dataclass(frozen=True, kw_only=True)
class OfSeed:
    """The seed of a cell."""

    seed: int


@dataclass(frozen=True)
class SeedCurve(TrainingCurve, OfSeed):
    """What a baseline learned under one seed."""


@dataclass(frozen=True, kw_only=True)
class VariantSummary:
    """What was found of a variant over all seeds."""

    kind: Kind
    method: str
    model: str | None
    changes: Mapping[str, Any]
    phases: Mapping[Phase, PhaseFigures]
    learning: Sequence[LearningPoint] = ()
    growth: Sequence[GrowthPoint] = ()
    curves: Sequence[SeedCurve] = ()
    own: Arm | None = None

    @property
    def variant(self) -> Variant:
        """The variant, but for its name."""
        return Variant("", self.kind, self.method, self.model, self.changes, own=self.own)


@dataclass(frozen=True)
class AlikeSessions:
    """Paired sessions in which Planner and Actor read and said the same, but for experiences."""

    sessions: int
    rounds: int
    with_experience: int  # rounds


@dataclass(frozen=True, kw_only=True)
class Pair:
    """Two variants and the sessions that both played.

    `alike` is known where what they learn is all that sets them apart.
    """

    phase: Phase
    a: str
    b: str
    pairs: int
    alike: AlikeSessions | None = None


@dataclass(frozen=True, kw_only=True)
class PairedDifference(Metrics, Pair):
    """The metrics of a minus those of b."""


@dataclass(frozen=True, kw_only=True)
class StudiedMoment:
    """A state with the Critic's estimates of it and the returns played out from it.

    An estimate is made of the model's reply and the mean of recalled values, where there are any;
    studies of earlier versions have neither.
    """

    user: int
    round: int
    estimates: Sequence[float]
    returns: Sequence[float]
    replies: Sequence[float] = ()
    recalled: Sequence[float] = ()
    estimate_mean: float
    estimate_sd: float | None
    return_mean: float
    return_sd: float | None
    bias: float


@dataclass(frozen=True, kw_only=True)
class EstimatorFigures:
    """The bias and the mean squared error of a way to value states, with 95 % intervals."""

    estimator: str
    states: int
    bias: float | None
    bias_low: float | None
    bias_high: float | None
    mse: float | None
    mse_low: float | None
    mse_high: float | None


@dataclass(frozen=True, kw_only=True)
class CriticFigures:
    """The study of a variant's Critic (critic.json); its summary compares the estimators."""

    variant: str
    gamma: float
    states: Sequence[StudiedMoment]
    estimators: Sequence[EstimatorFigures] = ()
    reference_variance: float | None = None


@dataclass(frozen=True, kw_only=True)
class RunSummary:
    """The content of summary.json."""

    schema: int
    preset: str
    world: WorldFacts
    rounds: int
    seeds: Sequence[int]
    variants: Mapping[str, VariantSummary]
    paired: Sequence[PairedDifference]
    critic: CriticFigures | None = None
