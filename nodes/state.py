"""The state of an episode: small, typed, serialisable."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, NotRequired, Required, cast

from langgraph.channels import DeltaChannel, EphemeralValue
from langgraph.managed import RemainingSteps
from langgraph.types import Overwrite
from pydantic import Field
from typing_extensions import TypedDict  # pydantic wants this one before Python 3.12

from models import Role
from nodes.catalogue.grounding import Found
from simulator import QuitCause
from stores import MemoryName

LeaveCause = Literal[QuitCause, "left"]  # "left": a person, who gives no reason
Why = Literal["bored", "displeased", "stayed", "unknown"]  # as the Reflector takes it


class Recall(TypedDict):
    """A memory row that a role was given before a round, and its distance."""

    round: int
    role: Role
    memory: MemoryName
    id: str
    distance: float


class Principle(TypedDict):
    """A reflection that the Planner was given."""

    text: str
    distance: float


class ReflectionFields(TypedDict):
    """What was read in the Reflector's reply; `note` has its words, for people alone."""

    why: Why
    genres: list[str]
    rest: int | None
    show: list[str]
    avoid: list[str]
    note: str


class Usage(TypedDict):
    """Calls of a role's turn, repairs included, and their tokens; `estimated` counts calls."""

    round: int
    role: Role
    calls: int
    input: int
    output: int
    cached: int
    estimated: int


class Choice(TypedDict):
    """The Actor's reply and the item it was grounded to, until the user has answered.

    `evidence` is the number of played rounds by which its candidates' lines told how many stayed.
    """

    reply: str
    item: str
    found: Found
    evidence: NotRequired[int]


class Step(TypedDict):
    """One round, with the true rating; `plan` is the thought in brief."""

    round: int
    thought: str
    plan: str
    reply: str
    item: str
    found: str
    reward: float
    quit: LeaveCause | None
    evidence: NotRequired[int]


class Verdict(TypedDict):
    """The Critic's judgement of a round (Eq. 15), and its better estimate of the state (Eq. 16).

    `situation` is the text of the state before the round, absent where it is that of the paper.
    """

    round: int
    value: float
    next_value: float
    advantage: float
    target: float
    verdict: Literal[0, 1]
    situation: NotRequired[str]


class Unwanted(TypedDict):
    """What a person does not want in this session, by names of the catalogue."""

    genres: list[str]
    titles: list[str]


class Ending(TypedDict):
    """How a session went."""

    terminated: bool
    truncated: bool
    cause: LeaveCause | None
    rounds: int
    mean_reward: float
    total_reward: float


def extend(old: list[Any], writes: Sequence[list[Any]]) -> list[Any]:
    """Appends what nodes add."""
    return [*old, *(record for write in writes for record in write)]


def latest(old: Any, writes: Sequence[Any]) -> Any:
    """Keeps what was written last."""
    return writes[-1] if writes else old


# Long and growing channels are stored as deltas, so that checkpoints do not repeat their contents.
# Reading a thread replays the deltas since a full snapshot, about one session's worth.
APPENDED: Any = DeltaChannel(extend)
REPLACED: Any = DeltaChannel(latest, snapshot_frequency=1)


class EpisodeInput(TypedDict, total=False):
    """What starts an episode."""

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
    """The user of an episode and its identity; `person` is the user again if a person plays."""

    user: int | str
    person: int | str | None
    opened: int
    id: str
    started: int
    history: list[str]


class EpisodeState(EpisodeInput, total=False):
    """All channels of an episode."""

    remaining_steps: RemainingSteps
    person: int | str | None
    opened: int
    coming: Arrival | None
    ready: Annotated[Arrival, EphemeralValue(dict)]
    id: str
    started: int
    history: Annotated[list[str], REPLACED]
    principles: Annotated[list[Principle], REPLACED]
    thought: Annotated[str, REPLACED]
    wish: str
    unwanted: Annotated[Unwanted, REPLACED]
    choice: Choice | None
    refused: Annotated[str, EphemeralValue(str)]
    value: float
    steps: Annotated[list[Step], APPENDED]
    verdicts: Annotated[list[Verdict], APPENDED]
    recalls: Annotated[list[Recall], APPENDED]
    usage: Annotated[list[Usage], APPENDED]
    ending: Ending | None
    reflection: str
    reflection_fields: ReflectionFields | None
    remembered: dict[str, int]


APPENDED_CHANNELS = ("steps", "verdicts", "recalls", "usage")


def apply_update(state: EpisodeState, update: Mapping[str, Any]) -> EpisodeState:
    """The state after a node's update."""
    after: dict[str, Any] = {**state, **update}
    for name in APPENDED_CHANNELS:
        if name in update:
            new: Any = update[name]
            replaces = isinstance(new, Overwrite)
            after[name] = new.value if replaces else [*state.get(name, ()), *new]  # type: ignore[misc]
    return cast(EpisodeState, after)
