"""The records of a training, and which errors are an episode's and which the training's."""

from typing import Annotated

from langgraph.errors import GraphRecursionError
from langgraph.managed import RemainingSteps
from pydantic import Field
from typing_extensions import TypedDict

from models import ModelError, RunStoppedError
from nodes import EpisodeInput, EpisodeState
from nodes.input_limits import LARGEST_BATCH, LATEST_START, MOST_EPISODES
from nodes.state import APPENDED, REPLACED, LeaveCause
from stores import StoreError

RUN_ERRORS = (RunStoppedError, StoreError, ModelError, OSError)  # end a training
CONNECTION_ERRORS = (TimeoutError, ConnectionError)  # OSErrors that end only their episode


class Assignment(TypedDict):
    """An episode to be played."""

    user: int
    episode: str
    at: int
    number: int
    batch: int


class EpisodeFailure(TypedDict):
    """Why an episode could not be played to its end."""

    type: str
    message: str


class Played(TypedDict):
    """The final state of an episode, or its failure."""

    assignment: Assignment
    state: EpisodeState | None
    failure: EpisodeFailure | None


class EpisodeOutcome(TypedDict):
    """What the trainer's own state keeps of an episode."""

    number: int
    batch: int
    user: int
    rounds: int
    total_reward: float
    cause: LeaveCause | None
    failure: EpisodeFailure | None


class TrainerInput(TypedDict, total=False):
    """What starts a training."""

    users: list[Annotated[int, Field(description="Whom to meet, in this order; drawn if absent.")]]
    episodes: Annotated[
        int,
        Field(ge=1, le=MOST_EPISODES, description="How many episodes, when no users are named."),
    ]
    batch: Annotated[
        int,
        Field(ge=1, le=LARGEST_BATCH, description="Episodes between two commits to the memories."),
    ]
    name: Annotated[
        str, Field(description="Begins the episodes' names; one name teaches once. Made if absent.")
    ]
    at: Annotated[
        int,
        Field(
            ge=0,
            lt=LATEST_START,
            description="Orders what episodes teach, the later wins; now if absent.",
        ),
    ]


class TrainerState(TrainerInput, total=False):
    """All channels of a training."""

    remaining_steps: RemainingSteps
    dealt: int
    drawn: Annotated[list[int], REPLACED]
    played: Annotated[list[Played], APPENDED]
    outcomes: Annotated[list[EpisodeOutcome], APPENDED]
    rows: dict[str, int]


def check_step_limit(remaining: int, episodes: int, batch: int) -> None:
    """Raises where fewer supersteps remain than the batches take: two each, and one at the end."""
    needed = 2 * -(-episodes // batch) + 1
    if remaining < needed:
        raise GraphRecursionError(
            f"the recursion_limit is too low for {episodes} episodes in batches of {batch}: leave "
            f"it out, set it to {needed + 1} or more, or play larger batches"
        )


def episode_input(assignment: Assignment) -> EpisodeInput:
    """The input of the assigned episode's graph."""
    return EpisodeInput(user=assignment["user"], episode=assignment["episode"], at=assignment["at"])


def outcome_of(played: Played) -> EpisodeOutcome:
    """An episode without its steps."""
    state, assignment = played["state"], played["assignment"]
    ending = state["ending"] if state else None
    return EpisodeOutcome(
        number=assignment["number"],
        batch=assignment["batch"],
        user=assignment["user"],
        rounds=ending["rounds"] if ending else 0,
        total_reward=ending["total_reward"] if ending else 0.0,
        cause=ending["cause"] if ending else None,
        failure=played["failure"],
    )


def ends_training(error: Exception) -> bool:
    """Whether an error concerns more than the episode in which it was raised."""
    return isinstance(error, RUN_ERRORS) and not isinstance(error, CONNECTION_ERRORS)


def episode_failure(error: BaseException) -> EpisodeFailure:
    """The record of an error, its message on one line."""
    return EpisodeFailure(type=type(error).__name__, message=" ".join(str(error).split())[:500])
