"""What an episode carries from node to node: small, typed, serialisable."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Required

from langgraph.channels import DeltaChannel, EphemeralValue
from langgraph.managed import RemainingSteps
from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

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


class Usage(TypedDict):
    """What a role's turn cost: calls, repairs included, and tokens; some may only be estimated."""

    round: int
    role: Role
    calls: int
    input: int
    output: int
    cached: int
    estimated: int


class Choice(TypedDict):
    """What the Actor said, and the item that it stands for."""

    reply: str
    item: str
    found: Literal["exact", "normalised", "fuzzy", "nearest"]


class Step(TypedDict):
    """One round as it happened: the thought, whole and in brief, and the true rating."""

    round: int
    thought: str
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
    """Appends what nodes add."""
    return [*old, *(record for write in writes for record in write)]


def latest(old: Any, writes: Sequence[Any]) -> Any:
    """Keeps what was written last."""
    return writes[-1] if writes else old


# What is long or gathers is stored once, when written, and not again with every checkpoint.
GATHERED: Any = DeltaChannel(extend)
WRITTEN_ONCE: Any = DeltaChannel(latest)


class EpisodeInput(TypedDict, total=False):
    """What starts an episode: a user, and optionally what they viewed, in place of their log."""

    user: Required[Annotated[int, Field(description="The user of the world, a number from 0.")]]
    viewed: Annotated[
        list[str],
        Field(description="Titles viewed before, oldest first; those of the user's log if absent."),
        EphemeralValue(list),
    ]
    episode: Annotated[
        str,
        Field(description="A name of its own; what it teaches is committed once. Made if absent."),
        EphemeralValue(str),
    ]
    at: Annotated[
        int,
        Field(description="Orders what episodes teach, the later wins; the time if absent."),
        EphemeralValue(int),
    ]


class EpisodeState(EpisodeInput, total=False):
    """The whole of an episode."""

    remaining_steps: RemainingSteps
    id: str
    started: int
    history: Annotated[list[str], WRITTEN_ONCE]
    principles: Annotated[list[Principle], WRITTEN_ONCE]
    thought: Annotated[str, WRITTEN_ONCE]
    choice: Choice
    value: float
    steps: Annotated[list[Step], GATHERED]
    verdicts: Annotated[list[Verdict], GATHERED]
    recalls: Annotated[list[Recall], GATHERED]
    usage: Annotated[list[Usage], GATHERED]
    ending: Ending | None
    reflection: str
    remembered: dict[str, int]
