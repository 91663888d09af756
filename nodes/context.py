"""What a caller may choose about an episode; Studio shows it as a form."""

from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

ArmName = Literal["act-only", "react", "reflexion", "billp", "billp-no-macro", "billp-no-micro"]
ToolName = Literal["categories", "search", "taste"]

MODEL_HELP = "'offline', 'openai:NAME' or 'scripted:FILE'"
ModelName = Annotated[str, Field(min_length=1, max_length=300)]


@dataclass(frozen=True, config={"extra": "forbid"})
class Context:
    """Settings of an episode; the defaults are the paper's."""

    world: Annotated[
        str, Field(description="'demo', a world built by name, or a world's folder.", min_length=1)
    ] = "demo"
    half: Annotated[
        Literal["train", "test"],
        Field(description="Which half of the log plays the user: learn on train, report on test."),
    ] = "train"
    arm: Annotated[
        ArmName, Field(description="The method: BiLLP, one of its ablations, or a simpler agent.")
    ] = "billp"
    model: Annotated[
        ModelName, Field(description=f"The chat model of all roles: {MODEL_HELP}.")
    ] = "offline"
    planner_model: Annotated[
        ModelName | None, Field(description="Another chat model for the Planner.")
    ] = None
    actor_model: Annotated[
        ModelName | None, Field(description="Another chat model for the Actor.")
    ] = None
    critic_model: Annotated[
        ModelName | None, Field(description="Another chat model for the Critic.")
    ] = None
    reflector_model: Annotated[
        ModelName | None, Field(description="Another chat model for the Reflector.")
    ] = None
    base_url: Annotated[
        str | None,
        Field(
            description=(
                "An OpenAI-compatible server, e.g. that of Ollama or vLLM; it is sent "
                "BILLP_API_KEY, never OPENAI_API_KEY."
            )
        ),
    ] = None
    structured: Annotated[
        bool, Field(description="Ask for replies as JSON by a schema, where the server can.")
    ] = False
    temperature: Annotated[
        float, Field(ge=0, le=2, description="Sampling temperature of the chat models.")
    ] = 0.5
    seed: Annotated[
        int, Field(ge=0, lt=2**31, description="Seed of the chat models that take one.")
    ] = 0
    epoch: Annotated[
        int, Field(ge=0, description="Which pass over the users it is; keeps cached replies apart.")
    ] = 0
    memory: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$",
            description=(
                "Name of the memories to use; 'ephemeral' ones, and those of a name that ends in "
                "'.ephemeral', vanish with the process."
            ),
        ),
    ] = "default"
    learn: Annotated[
        bool | None,
        Field(description="Commit what the episode teaches; on the training half if not given."),
    ] = None
    reflections: Annotated[
        int, Field(ge=0, le=20, description="K: how many reflections the Planner is given.")
    ] = 2
    tau_actor: Annotated[
        float,
        Field(ge=0, le=4, description="How near (squared L2) an experience must be for the Actor."),
    ] = 0.01
    tau_critic: Annotated[
        float,
        Field(ge=0, le=4, description="How near (squared L2) an estimate must be for the Critic."),
    ] = 0.1
    gamma: Annotated[
        float, Field(ge=0, le=0.99, description="Discount of the ratings still to come.")
    ] = 0.5
    max_rounds: Annotated[
        int, Field(ge=1, le=1000, description="Rounds after which a session is cut off.")
    ] = 100
    window: Annotated[
        int | None,
        Field(ge=0, le=50, description="W: how many recent items bore the user; the world's own."),
    ] = None
    human: Annotated[
        bool,
        Field(
            description="A person is the user: each round waits for a rating, or for their leaving."
        ),
    ] = False
    max_days: Annotated[
        int,
        Field(ge=1, le=3650, description="Days after which a person's answer ends their session."),
    ] = 7
    rules: Annotated[
        Literal["default", "paper"],
        Field(description="'paper': an item shown before is no reason of its own to quit."),
    ] = "default"
    grounding: Annotated[
        Literal["distinct", "paper"],
        Field(description="'distinct' passes over items already shown, 'paper' does not."),
    ] = "distinct"
    tools: Annotated[
        tuple[ToolName, ...] | None,
        Field(description="Tools of the Actor; those of the arm when not given."),
    ] = None

    def learns(self) -> bool:
        """Whether the episode's lessons are committed; on the test half only if `learn` says so."""
        return self.half == "train" if self.learn is None else self.learn
