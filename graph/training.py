"""What a training carries from batch to batch, and what it says of each episode."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from nodes import EpisodeState
from nodes.state import GATHERED, WRITTEN_ONCE, Leaving


class Assignment(TypedDict):
    """An episode to be played."""

    user: int
    episode: str
    at: int
    number: int
    batch: int


class Failure(TypedDict):
    """Why an episode could not be played to its end."""

    type: str
    message: str


class Played(TypedDict):
    """An episode that was played, or why it could not be."""

    assignment: Assignment
    state: EpisodeState | None
    failure: Failure | None


class Outcome(TypedDict):
    """What the trainer's own state keeps of an episode."""

    number: int
    batch: int
    user: int
    rounds: int
    total_reward: float
    cause: Leaving | None
    failure: Failure | None


class TrainerInput(TypedDict, total=False):
    """What starts a training."""

    users: list[Annotated[int, Field(description="Whom to meet, in this order; drawn if absent.")]]
    episodes: Annotated[
        int, Field(ge=1, le=100_000, description="How many episodes, when no users are named.")
    ]
    batch: Annotated[
        int, Field(ge=1, le=10_000, description="Episodes between two commits to the memories.")
    ]
    name: Annotated[
        str, Field(description="Begins the episodes' names; one name teaches once. Made if absent.")
    ]
    at: Annotated[
        int, Field(ge=0, description="Orders what episodes teach, the later wins; now if absent.")
    ]


class TrainerState(TrainerInput, total=False):
    """How far a training has come."""

    dealt: int
    drawn: Annotated[list[int], WRITTEN_ONCE]
    played: Annotated[list[Played], GATHERED]
    outcomes: Annotated[list[Outcome], GATHERED]
    rows: dict[str, int]
