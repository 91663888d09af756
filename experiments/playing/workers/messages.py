"""What a run and its workers tell each other: lines of JSON, read into types where they arrive."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, is_dataclass
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import numpy as np
from langchain_core.messages import AIMessage, BaseMessage, convert_to_messages
from pydantic import Field, TypeAdapter

from experiments.playing.workers.handshake import Facts
from graph.training import Assignment, EpisodeFailure
from models import Form, Reply, Role, Tokens
from nodes import Arm, Context

REPLY_PARTS = ("content", "additional_kwargs", "response_metadata", "usage_metadata")
T = TypeVar("T")


class MemoryCopy(NamedTuple):
    """A memory folder, and which of its states is to be read."""

    folder: str
    version: int


@dataclass(frozen=True)
class Stage:
    """Where episodes are played; all those of a batch share it.

    `checkpoints` is a file that worker and run share, or None where they share no disk.
    """

    context: Context
    arm: Arm
    digest: str
    memory: MemoryCopy | None = None
    checkpoints: str | None = None


@dataclass(frozen=True)
class Play:
    """Play this episode."""

    stage: Stage
    assignment: Assignment
    epoch: int
    kind: Literal["play"] = "play"


@dataclass(frozen=True)
class Answer:
    """The reply to a chat call, or None where the call failed."""

    call: int
    reply: Mapping[str, Any] | None
    kind: Literal["answer"] = "answer"


@dataclass(frozen=True)
class Parcel:
    """A packed copy of a memory."""

    memory: MemoryCopy
    content: str
    kind: Literal["parcel"] = "parcel"


@dataclass(frozen=True)
class Hello:
    """A worker is ready; the note is what its owner should know."""

    facts: Facts
    note: str = ""
    kind: Literal["hello"] = "hello"


@dataclass(frozen=True)
class Alive:
    """A worker's event loop still turns."""

    kind: Literal["alive"] = "alive"


@dataclass(frozen=True)
class Ask:
    """A chat call of an episode."""

    call: int
    episode: str
    role: Role
    messages: Sequence[tuple[str, Any]]
    form: Form
    kind: Literal["ask"] = "ask"


@dataclass(frozen=True)
class Fetch:
    """A copy of the memory that this episode reads is wanted; the worker shares no disk."""

    episode: str
    kind: Literal["fetch"] = "fetch"


@dataclass(frozen=True)
class Ended:
    """An episode has ended, with an error of its own or that of a failed chat call, if any.

    `vectors` are the embeddings of situations that the episode teaches about.
    """

    episode: str
    state: Mapping[str, Any]
    failure: EpisodeFailure | None = None
    call: int | None = None
    vectors: Mapping[str, str] = field(default_factory=dict)
    kind: Literal["ended"] = "ended"


@dataclass(frozen=True)
class Broken:
    """An error that concerns more than its episode."""

    episode: str
    error: Literal["checkpoints", "store", "run"]
    message: str
    kind: Literal["broken"] = "broken"


PULSE = 5.0  # seconds between signs of life
SILENCE = 120.0  # seconds without one, after which a worker counts as lost

ToWorker = Play | Answer | Parcel
FromWorker = Hello | Alive | Ask | Fetch | Ended | Broken

TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="kind")])
FROM_WORKER: TypeAdapter[FromWorker] = TypeAdapter(
    Annotated[FromWorker, Field(discriminator="kind")]
)


def written(message: ToWorker | FromWorker) -> bytes:
    """A message as a line; ASCII, so that also characters that no encoding has survive."""
    return json.dumps(_fields(message), default=_plain, separators=(",", ":")).encode() + b"\n"


def _fields(record: Any) -> dict[str, Any]:
    """The fields as they are: `asdict` would copy all that is in them."""
    return {one.name: getattr(record, one.name) for one in fields(record)}


def _plain(value: object) -> Any:
    return _fields(value) if is_dataclass(value) else repr(value)


def read(form: TypeAdapter[T], line: bytes) -> T:
    """The message in a line."""
    return form.validate_python(json.loads(line))


def asked(call: int, episode: str, role: Role, messages: Sequence[BaseMessage], form: Form) -> Ask:
    """A chat call as a message."""
    return Ask(call, episode, role, [(one.type, one.content) for one in messages], form)


def prompt_of(ask: Ask) -> list[BaseMessage]:
    """The messages of a chat call."""
    return convert_to_messages(ask.messages)


def answer_with(call: int, reply: Reply) -> Answer:
    """A reply as a message."""
    parts = {name: getattr(reply.message, name, None) for name in REPLY_PARTS}
    return Answer(call, {"message": parts, "tokens": asdict(reply.tokens)})


def reply_of(sent: Mapping[str, Any]) -> Reply:
    """The reply in an answer."""
    return Reply(AIMessage(**sent["message"]), Tokens(**sent["tokens"]))


def vector_as_text(vector: Any) -> str:
    """A vector's bytes."""
    return base64.b64encode(np.ascontiguousarray(vector, "<f4").tobytes()).decode()


def vector_of(text: str) -> Any:
    """The vector of `vector_as_text`."""
    return np.frombuffer(base64.b64decode(text), "<f4")
