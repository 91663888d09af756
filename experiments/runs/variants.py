"""What a run compares: arms, policies and baselines, each with settings of its own."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Literal

from experiments.errors import RunError
from experiments.runs.methods import BASELINE_NOTES, OFFERED_NOTES
from experiments.runs.presets import Preset
from graph.arms import ARMS
from models import ROLES, Role
from nodes import Arm
from nodes.tools import known_tools
from simulator.errors import name_hint
from simulator.own_policies import known_policies
from simulator.policies import POLICIES

Kind = Literal["llm", "policy", "rl"]
SAMPLED = "-sampled"
WINDOWS = tuple(range(2, 9))
ABLATIONS = ("billp-no-macro", "billp-no-micro", "billp")
TABLE3 = ("act-only", "react", "reflexion", "billp")
DEMO = ("act-only", "react", "reflexion", "billp", "billp-no-macro", "billp-no-micro")
DEFAULT_METHODS: Mapping[Preset, Sequence[str]] = {
    "table3": (*POLICIES, *OFFERED_NOTES, *BASELINE_NOTES, *TABLE3),
    "table5": ABLATIONS,
    "table6": ("billp",),
    "figure3": ("popular", "a2c", "act-only", "billp"),
    "figure4": ("billp",),
    "figure5": ("genre-aware", "a2c", "dorl", *TABLE3),
    "demo": ("random", "offered-random", *DEMO),
}
OFFLINE_NOTE = (
    "'offline' is a rule-based stand-in for trying things out: its figures show that the "
    "machinery works, not what a language model would reach."
)


@dataclass(frozen=True)
class Variant:
    """A method as a run compares it; `changes` override fields of an episode's context.

    A baseline that is `sampled` draws items in proportion to its scores instead of taking the best.
    An arm that a program brings along is kept whole, as `own`. `memory_of` names the variant of a
    training whose memories it is evaluated with, if that is another.
    """

    name: str
    kind: Kind
    method: str
    model: str | None
    changes: Mapping[str, Any] = field(default_factory=dict)
    sampled: bool = False
    own: Arm | None = None
    memory_of: str | None = None

    @property
    def folder(self) -> str:
        """Its name as part of a path."""
        return folder_name(self.name)

    @property
    def arm(self) -> Arm | None:
        """The arm of the graph that it plays; policies and baselines have none."""
        if self.kind != "llm":
            return None
        return self.own or ARMS[self.method]

    @property
    def chat_models(self) -> dict[Role, str]:
        """The chat model of each role that its arm has; policies and baselines have none."""
        if (arm := self.arm) is None:
            return {}
        speaks = {"planner": arm.plans, "critic": arm.criticises, "reflector": arm.reflects}
        return {
            role: self.changes.get(f"{role}_model") or self.changes.get("model") or self.model or ""
            for role in ROLES
            if speaks.get(role, True)
        }

    @property
    def learns(self) -> bool:
        """Whether it is trained before it is evaluated."""
        return self.arm is not None and (self.arm.reflects or self.arm.criticises)

    @property
    def judges(self) -> bool:
        """Whether it has a Critic."""
        return self.arm is not None and self.arm.criticises


def folder_name(name: str) -> str:
    """A variant's name as part of a path, unique also where signs had to be replaced."""
    safe = re.sub(r"[^A-Za-z0-9._@=-]+", "-", name)
    return safe if safe == name else f"{safe}-{zlib.crc32(name.encode()):08x}"


MethodOrArm = str | Arm  # the name of a method, or an arm of one's own


def variants(
    preset: Preset, methods: Sequence[MethodOrArm] | None, models: Sequence[str]
) -> list[Variant]:
    """The variants of a preset, with these methods or else the default ones."""
    names = list(dict.fromkeys(methods or DEFAULT_METHODS[preset]))
    models = list(dict.fromkeys(models))
    if preset == "table6":
        made = [_with_model(name, model) for name in names for model in models]
        return list({one.name: one for one in made}.values())
    if len(models) > 1:
        raise RunError(
            f"preset {preset!r} takes one --model; 'table6' compares several: {', '.join(models)}"
        )
    chosen = [variant(name, models[0]) for name in names]
    if preset == "figure5":
        return [
            replace(one, name=f"{one.name} W={window}", changes={"window": window})
            for one in chosen
            for window in WINDOWS
        ]
    return chosen


def variant(name: MethodOrArm, model: str) -> Variant:
    """The method of this name, refused if unknown; only LLM arms take the chat model."""
    if isinstance(name, Arm):
        return _own_variant(name, model)
    method = name.removesuffix(SAMPLED)
    if name in ARMS:
        return Variant(name, "llm", name, model)
    if name in policies():
        return Variant(name, "policy", name, None)
    if method in BASELINE_NOTES:
        return Variant(name, "rl", method, None, sampled=method != name)
    known = [*ARMS, *policies(), *BASELINE_NOTES]
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"
    raise RunError(f"unknown arm {name!r}: {hint}")


def policies() -> list[str]:
    """The names of all policies: those of the simulator, and those that choose from an offer."""
    return [*known_policies(), *OFFERED_NOTES]


def check_own(made: Variant) -> None:
    """Refuses an arm with a tool, and a policy, that this process does not know."""
    for tool in made.own.tools if made.own else ():
        if tool not in known_tools():
            hint = name_hint(tool, known_tools(), "tools")
            raise RunError(f"arm {made.name!r} has the unknown tool {tool!r}: {hint}")
    if made.kind == "policy" and made.method not in policies():
        raise RunError(
            f"policy {made.method!r} is not known in this process: "
            f"call simulator.register_policy({made.method!r}, ...) first"
        )


def _own_variant(arm: Arm, model: str) -> Variant:
    if arm.name in (*ARMS, *policies(), *BASELINE_NOTES):
        raise RunError(f"an arm named {arm.name!r} is there already: give yours another name")
    return Variant(arm.name, "llm", arm.name, model, own=arm)


def _with_model(name: MethodOrArm, model: str) -> Variant:
    made = variant(name, model)
    return replace(made, name=f"{made.name} {model}") if made.model else made
