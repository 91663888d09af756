"""The settings of a conversation: those of an episode, and who talks."""

from dataclasses import field
from typing import Annotated

from pydantic import Field
from pydantic.dataclasses import dataclass

from nodes.context import Context
from nodes.input_limits import LONGEST_NAME

Name = Annotated[str, Field(min_length=1, max_length=LONGEST_NAME)]


# who talks changes no live part, so conversations of all users share theirs
@dataclass(frozen=True, config={"extra": "forbid", "use_attribute_docstrings": True})
class ChatContext(Context):
    """Settings of a conversation; `human` is always true in one."""

    user: Annotated[int, Field(ge=0)] | Name | None = field(default=None, compare=False)
    """Who talks: a user of the world by number, or a name of your own for somebody whom the world \
does not know; anonymous if absent."""
