"""The settings of a play, as its thread's checkpoints keep them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from experiments.errors import RunError
from models.server import refuse_secrets
from nodes import ArmName, Context

NO_USER = "you"  # the user id of a person who plays nobody of the world


@dataclass(frozen=True)
class PlaySettings:
    """Who plays, and who recommends."""

    world: str = "demo"
    arm: ArmName = "billp"
    model: str = "offline"
    base_url: str | None = None
    user: int | None = None
    viewed: Sequence[str] = ()
    rounds: int = 100
    memory: str = "default"

    @classmethod
    def resumed(cls, kept: str, wanted: Mapping[str, Any], thread: str) -> Self:
        """The settings that a thread was begun with; other wanted values are refused."""
        begun = json.loads(kept)
        refuse_secrets(begun["base_url"] or "")
        for key, value in wanted.items():
            if value != begun[key]:
                raise RunError(
                    f"thread {thread!r} was begun with {key} {begun[key]!r}, not {value!r}: leave "
                    f"--{key.replace('_', '-')} out, or begin another thread"
                )
        return cls(**begun)

    def to_json(self) -> str:
        """The form that `resumed` reads."""
        return json.dumps(asdict(self))

    def context(self) -> Context:
        """The settings of the episode."""
        return Context(
            world=self.world,
            arm=self.arm,
            model=self.model,
            base_url=self.base_url,
            memory=self.memory,
            max_rounds=self.rounds,
            human=True,
        )

    def episode_input(self) -> dict[str, Any]:
        """The user, and what they viewed before."""
        user = NO_USER if self.user is None else self.user
        return {"user": user, "viewed": self.viewed} if self.viewed else {"user": user}
