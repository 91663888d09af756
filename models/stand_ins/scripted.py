"""A chat model with the replies of a file: for tests, and for replaying a conversation."""

import threading
from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, PrivateAttr

from models.errors import ModelError
from models.roles import ROLES, Role
from models.stand_ins.rule_based import RuleBasedChatModel


class ScriptedChatModel(RuleBasedChatModel):
    """Gives each role its replies in turn, and the last one from then on."""

    model_name: str = "scripted"
    replies: dict[Role, list[str]]
    _next: Counter[Role] = PrivateAttr(default_factory=Counter)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    def answer(self, role: Role, prompt: str) -> str:
        """The role's next reply, whatever it is asked."""
        replies = self.replies.get(role)
        if not replies:
            raise ModelError(f"the script of {self.model_name!r} has no reply for role {role!r}")
        with self._lock:
            turn = self._next[role]
            self._next[role] += 1
        return replies[min(turn, len(replies) - 1)]


class Line(BaseModel):
    """A line of a script."""

    role: Role
    reply: str


def read_script(path: Path) -> dict[Role, list[str]]:
    """Reads lines of {"role": ..., "reply": ...}."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise ModelError(f"script {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ModelError(f"script {path} cannot be read: it is not UTF-8 text") from error
    replies: dict[Role, list[str]] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            said = Line.model_validate_json(line)
        except ValueError:
            raise ModelError(
                f'{path} line {number}: expected {{"role": one of {", ".join(ROLES)}, '
                '"reply": text}'
            ) from None
        replies.setdefault(said.role, []).append(said.reply)
    return replies
