"""What an episode carries from node to node: small, typed, serialisable."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Required, cast

from langgraph.channels import DeltaChannel, EphemeralValue
from langgraph.managed import RemainingSteps
from langgraph.types import Overwrite
from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from models import Role
from simulator import QuitCause
from stores import MemoryName

Leaving = Literal[QuitCause, "left"]  # a simulated user's reasons, and a person who says no more


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
    """What the Actor said, and the item that it stands for; it waits for the user's answer."""

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
    quit: Leaving | None


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
    cause: Leaving | None
    rounds: int
    mean_reward: float
    total_reward: float


def extend(old: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    """Appends what nodes add."""
    return [*old, *(record for write in writes for record in write)]


def latest(old: Any, writes: Sequence[Any]) -> Any:
    """Keeps what was written last."""
    return writes[-1] if writes else old


# What is long or gathers is stored once, when written, and not again with every checkpoint. To read
# a thread one goes back to where all of it stands whole: not much further than a session's start.
GATHERED: Any = DeltaChannel(extend)
WRITTEN_ONCE: Any = DeltaChannel(latest, snapshot_frequency=1)


class EpisodeInput(TypedDict, total=False):
    """What starts an episode: a user, and optionally what they viewed, in place of their log."""

    user: Required[
        Annotated[
            int | str,
            Field(
                description="The user of the world, a number from 0; with `human`, it may also be "
                "a name of your own for somebody whom the world does not know."
            ),
        ]
    ]
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


class Arrival(TypedDict):
    """Who arrived for which episode; `person` is the user again where a person plays them."""

    user: int | str
    person: int | str | None
    opened: int
    id: str
    started: int
    history: list[str]


class EpisodeState(EpisodeInput, total=False):
    """The whole of an episode."""

    remaining_steps: RemainingSteps
    person: int | str | None
    opened: int
    coming: Arrival | None
    ready: Annotated[Arrival, EphemeralValue(dict)]
    id: str
    started: int
    history: Annotated[list[str], WRITTEN_ONCE]
    principles: Annotated[list[Principle], WRITTEN_ONCE]
    thought: Annotated[str, WRITTEN_ONCE]
    choice: Choice | None
    refused: Annotated[str, EphemeralValue(str)]
    value: float
    steps: Annotated[list[Step], GATHERED]
    verdicts: Annotated[list[Verdict], GATHERED]
    recalls: Annotated[list[Recall], GATHERED]
    usage: Annotated[list[Usage], GATHERED]
    ending: Ending | None
    reflection: str
    remembered: dict[str, int]


GATHERS = ("steps", "verdicts", "recalls", "usage")


def updated(state: EpisodeState, update: Mapping[str, Any]) -> EpisodeState:
    """The state as it stands once an update is written."""
    after: dict[str, Any] = {**state, **update}
    for name in GATHERS:
        if name in update:
            new: Any = update[name]
            again = isinstance(new, Overwrite)
            after[name] = new.value if again else [*state.get(name, ()), *new]  # type: ignore[misc]
    return cast(EpisodeState, after)
