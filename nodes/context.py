"""What a caller may choose about an episode; Studio shows it as a form."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator
from pydantic.dataclasses import dataclass
from pydantic_core import ArgsKwargs, PydanticCustomError

from models import ReplyTokens
from simulator.errors import name_hint

ArmName = Literal[
    "act-only",
    "react",
    "reflexion",
    "billp",
    "billp-no-macro",
    "billp-no-micro",
    "billp-shuffled",
    "billp-sham",
    "billp-fused",
    "billp-shortlist",
]
ToolName = Literal["categories", "search", "best", "rested", "taste"]
Learning = Literal["default", "paper"]

PAPER_SYMBOLS = {"K": "reflections", "W": "window", "tau_A": "tau_actor", "tau_C": "tau_critic"}

LEAST_CAPACITY, MOST_CAPACITY = 100, 1_000_000
ModelName = Annotated[str, Field(min_length=1, max_length=300)]


@dataclass(frozen=True, config={"extra": "forbid", "use_attribute_docstrings": True})
class Context:
    """Settings of an episode; the defaults are the paper's."""

    world: Annotated[str, Field(min_length=1, max_length=1000)] = "demo"
    """'demo', a world built by name, or a world's folder."""
    half: Literal["train", "test"] = "train"
    """Which half of the log plays the user: learn on train, report on test."""
    arm: ArmName = "billp"
    """The method: BiLLP, one of its ablations, or a simpler agent."""
    model: ModelName = "offline"
    """The chat model of all roles: 'offline', 'local', 'local:FILE.gguf', 'openai:NAME', \
'scripted:FILE', or another kind of docs/models.md."""
    planner_model: ModelName | None = None
    """Another chat model for the Planner."""
    actor_model: ModelName | None = None
    """Another chat model for the Actor."""
    critic_model: ModelName | None = None
    """Another chat model for the Critic."""
    reflector_model: ModelName | None = None
    """Another chat model for the Reflector."""
    base_url: Annotated[str, Field(max_length=2000)] | None = None
    """An OpenAI-compatible server, e.g. that of Ollama or vLLM; it is sent BILLP_API_KEY, never \
OPENAI_API_KEY."""
    structured: bool = True
    """Hold numbers and the Reflector's form to a JSON schema, where the server keeps to one."""
    reply_tokens: ReplyTokens = ReplyTokens()
    """How many tokens a reply of each role may have; one that is cut off is asked for again with \
more."""
    thinking: bool | None = None
    """Whether models that can think before they answer do, where the server takes such an order."""
    temperature: Annotated[float, Field(ge=0, le=2)] = 0.5
    """Sampling temperature of the chat models."""
    seed: Annotated[int, Field(ge=0, lt=2**31)] = 0
    """Seed of the chat models that take one."""
    epoch: Annotated[int, Field(ge=0)] = 0
    """Which pass over the users it is; keeps cached replies apart."""
    memory: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$")] = "default"
    """Name of the memories to use; 'ephemeral' ones, and those of a name that ends in \
'.ephemeral', vanish with the process."""
    memory_capacity: Annotated[int, Field(ge=LEAST_CAPACITY, le=MOST_CAPACITY)] | None = None
    """How many rows each memory keeps before the oldest quarter is evicted; as before where not \
given, at first 10,000."""
    learn: bool | None = None
    """Commit what the episode teaches; on the training half if not given."""
    reflections: Annotated[int, Field(ge=0, le=20)] = 2
    """K: how many reflections the Planner is given."""
    tau_actor: Annotated[float, Field(ge=0, le=4)] = 0.01
    """How near (squared L2) an experience must be for the Actor."""
    tau_critic: Annotated[float, Field(ge=0, le=4)] = 0.1
    """How near (squared L2) an estimate must be for the Critic."""
    gamma: Annotated[float, Field(ge=0, le=0.99)] = 0.5
    """Discount of the ratings still to come."""
    max_rounds: Annotated[int, Field(ge=1, le=999)] = 100
    """Rounds after which a session is cut off."""
    window: Annotated[int, Field(ge=0, le=50)] | None = None
    """W: how many recent items bore the user; the world's own."""
    human: bool = False
    """A person is the user: each round waits for a rating, or for their leaving."""
    max_days: Annotated[int, Field(ge=1, le=3650)] = 7
    """Days after which a person's answer ends their session."""
    rules: Literal["default", "paper"] = "default"
    """'paper': an item shown before is no reason of its own to quit."""
    grounding: Literal["distinct", "paper"] = "distinct"
    """'distinct' passes over items already shown, 'paper' does not."""
    choose: Literal["number", "title"] = "number"
    """How the Actor names its choice: by a candidate's number or, as in the paper, by title."""
    fused: bool = False
    """The Planner and the Critic answer in one call, which saves a third of the calls."""
    learning: Learning = "default"
    """'paper': the Actor searches the catalogue and is told experiences, and the Critic values, \
of situations within the two distances above, and the Planner the reflections nearest in text."""
    tools: Annotated[tuple[ToolName, ...], Field(max_length=16)] | None = None
    """Tools of the Actor; those of the arm when not given."""
    keywords: bool = False
    """The search tool also finds items by a plan's words (BM25); it needs the extra 'community'."""

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_names(cls, given: Any) -> Any:
        names = given.kwargs if isinstance(given, ArgsKwargs) else given
        if isinstance(names, dict) and (problem := unknown_setting(names, cls)):
            raise PydanticCustomError("unknown_setting", "{problem}", {"problem": problem})
        return given

    def learns(self) -> bool:
        """Whether the episode's lessons are committed; on the test half only if `learn` says so."""
        return self.half == "train" if self.learn is None else self.learn


def unknown_setting(names: Iterable[str], settings: type[Context] = Context) -> str | None:
    """What to tell a caller whose settings have a name that these lack; else None."""
    known = [field.name for field in fields(settings)]
    unknown = next((name for name in names if name not in known), None)
    if unknown is None:
        return None
    meant = PAPER_SYMBOLS.get(unknown)
    hint = f"did you mean {meant!r}?" if meant else name_hint(unknown, known, "settings")
    return f"unknown setting {unknown!r}: {hint}"
