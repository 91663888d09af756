"""A chat model from its name."""

import os
from difflib import get_close_matches
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from models.errors import ModelError
from models.offline import OfflineChatModel
from models.scripted import ScriptedChatModel, read_script
from models.spec import ModelSpec, server_of

KINDS = ("offline", "openai:NAME", "scripted:FILE")
TIMEOUT_SECONDS = 60.0
RETRIES = 2


def chat_model(spec: ModelSpec) -> BaseChatModel:
    """The chat model of a spec: the embedded one, OpenAI or a compatible server, or a script."""
    kind, _, rest = spec.name.partition(":")
    if spec.name == "offline":
        return OfflineChatModel(seed=spec.seed)
    if kind == "openai" and rest:
        return _openai(rest, spec)
    if kind == "scripted" and rest:
        return ScriptedChatModel(model_name=spec.name, replies=read_script(Path(rest)))
    close = get_close_matches(kind, ("offline", "openai", "scripted"), n=1)
    hint = f"did you mean {close[0]!r}? " if close and close[0] != kind else ""
    raise ModelError(f"unknown model {spec.name!r}: {hint}use {', '.join(KINDS)}")


def _openai(name: str, spec: ModelSpec) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from openai import Timeout

    base_url = server_of(spec)
    key = os.environ.get("OPENAI_API_KEY")
    if not key and not base_url:
        raise ModelError(
            f"model 'openai:{name}' needs a key: set OPENAI_API_KEY, name a local server's "
            "base_url, or use model 'offline'"
        )
    return ChatOpenAI(
        model=name,
        base_url=base_url,
        api_key=lambda: key or "none",  # local servers take any
        temperature=spec.temperature,
        seed=spec.seed,
        max_retries=RETRIES,
        timeout=Timeout(TIMEOUT_SECONDS, connect=10.0),  # also keeps its client off shared loops
        stream_usage=True,
    )
