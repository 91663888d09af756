"""A chat model that says what a file tells it to: for tests, and for replaying a conversation."""

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import PrivateAttr

from models.errors import ModelError
from models.prompt import Role, prompt_text, result, role_of


class ScriptedChatModel(BaseChatModel):
    """Gives each role its replies in turn, the last one again and again."""

    model_name: str = "scripted"
    replies: dict[Role, list[str]]
    _next: dict[Role, int] = PrivateAttr(default_factory=dict)
    _lock: Any = PrivateAttr(default_factory=threading.Lock)

    @property
    def _llm_type(self) -> str:
        return "billp-scripted"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return {"model_name": self.model_name}

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        prompt = prompt_text(messages)
        role = role_of(prompt)
        replies = self.replies.get(role, []) if role else []
        if role is None or not replies:
            raise ModelError(f"the script of {self.model_name!r} has no reply for role {role!r}")
        with self._lock:
            turn = self._next.get(role, 0)
            self._next[role] = turn + 1
        return result(prompt, replies[min(turn, len(replies) - 1)])


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
            record: Mapping[str, Any] = json.loads(line)
            role, reply = record["role"], record["reply"]
        except (ValueError, KeyError, TypeError):
            role, reply = None, None
        if role not in get_args(Role) or not isinstance(reply, str):
            raise ModelError(
                f'{path} line {number}: expected {{"role": one of {", ".join(get_args(Role))}, '
                '"reply": text}'
            )
        replies.setdefault(role, []).append(reply)
    return replies
