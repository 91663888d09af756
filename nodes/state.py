"""What an episode carries from node to node: small, typed, serialisable."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Required, TypedDict

from langgraph.channels import DeltaChannel, EphemeralValue
from langgraph.managed import RemainingSteps

from models import Role
from simulator import QuitCause
from stores import MemoryName


class Recall(TypedDict):
    """A memory that was found and used: by whom, before which round, how near."""

    round: int
    role: Role
    memory: MemoryName
    id: str
    distance: float


class Principle(TypedDict):
    """A reflection that the Planner was given."""

    text: str
    distance: float


class Choice(TypedDict):
    """What the Actor said, and the item that it stands for."""

    reply: str
    item: str
    found: Literal["exact", "normalised", "fuzzy", "nearest"]


class Step(TypedDict):
    """One round as it happened; `reward` is the true rating, also where the user quit."""

    round: int
    plan: str
    reply: str
    item: str
    found: str
    reward: float
    quit: QuitCause | None


class Verdict(TypedDict):
    """The Critic's judgement of a round (Eq. 15), and its better estimate of the state (Eq. 16)."""

    round: int
    value: float
    next_value: float
    advantage: float
    target: float
    verdict: Literal[0, 1]


class Ending(TypedDict):
    """How a session went."""

    terminated: bool
    truncated: bool
    cause: QuitCause | None
    rounds: int
    mean_reward: float
    total_reward: float


def extend(old: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    """Appends what nodes add; stored once each, so that checkpoints do not grow with the square."""
    return [*old, *(record for write in writes for record in write)]


class EpisodeInput(TypedDict, total=False):
    """What starts an episode: a user, and optionally what they viewed, in place of their log."""

    user: Required[int]
    viewed: Annotated[list[str], EphemeralValue(list)]
    episode: Annotated[str, EphemeralValue(str)]
    at: Annotated[int, EphemeralValue(int)]


class EpisodeState(EpisodeInput, total=False):
    """The whole of an episode."""

    remaining_steps: RemainingSteps
    id: str
    started: int
    history: list[str]
    principles: list[Principle]
    thought: str
    choice: Choice
    value: float
    steps: Annotated[list[Step], DeltaChannel(extend)]
    verdicts: Annotated[list[Verdict], DeltaChannel(extend)]
    recalls: Annotated[list[Recall], DeltaChannel(extend)]
    ending: Ending | None
    reflection: str
    remembered: dict[str, int]
