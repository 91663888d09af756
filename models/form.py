"""What a reply may be, beyond the prompt that asks for it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A free text, or one of these numbers; `room` lifts the bound after one that was cut off."""

    numbers: tuple[float, ...] = ()
    room: bool = False


FREE = Form()
