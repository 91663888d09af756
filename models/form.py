"""What a reply may be, beyond the prompt that asks for it."""

from dataclasses import dataclass
from typing import Literal

Room = Literal["usual", "more", "thinking"]


@dataclass(frozen=True)
class Form:
    """A free text or one of these numbers, with more room after one that was cut off."""

    numbers: tuple[float, ...] = ()
    room: Room = "usual"

    @property
    def is_thought(self) -> bool:
        """Whether the model may think before it answers."""
        return self.room == "thinking"


FREE = Form()
