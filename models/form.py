"""What a reply may be, beyond the prompt that asks for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Room = Literal["usual", "more", "thinking"]
NUMBER = "answer"  # the field of a reply that is one number


@dataclass(frozen=True)
class FormField:
    """A part of a reply: one of these options, or a list of at most so many of them.

    Without options it is any words.
    """

    name: str
    options: tuple[str | int | float | None, ...] = ()  # whole numbers stay whole over lines
    at_most: int | None = None


@dataclass(frozen=True)
class Form:
    """A free text or these fields, with more room after a reply that was cut off."""

    fields: tuple[FormField, ...] = ()
    room: Room = "usual"

    @classmethod
    def one_of(cls, numbers: Iterable[float]) -> "Form":
        """A reply that is one of these numbers, each named once: some servers refuse repeats."""
        short = (int(number) if number == int(number) else number for number in numbers)
        return cls((FormField(NUMBER, tuple(dict.fromkeys(short))),))

    @property
    def is_thought(self) -> bool:
        """Whether the model may think before it answers."""
        return self.room == "thinking"


FREE = Form()
