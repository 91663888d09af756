"""A chat model from its name."""

from difflib import get_close_matches
from pathlib import Path

from langchain_core.language_models import BaseChatModel

from models.errors import ModelError
from models.offline import OfflineChatModel
from models.scripted import ScriptedChatModel, read_script
from models.spec import ModelSpec

KINDS = ("offline", "openai:NAME", "scripted:FILE")


def chat_model(spec: ModelSpec) -> BaseChatModel:
    """The chat model of a spec: the embedded one, OpenAI or a compatible server, or a script."""
    kind, _, rest = spec.name.partition(":")
    if spec.name == "offline":
        return OfflineChatModel(seed=spec.seed)
    if kind == "openai" and rest:
        from models.remote import remote_chat_model

        return remote_chat_model(rest, spec)
    if kind == "scripted" and rest:
        return ScriptedChatModel(model_name=spec.name, replies=read_script(Path(rest)))
    close = get_close_matches(kind, ("offline", "openai", "scripted"), n=1)
    hint = f"did you mean {close[0]!r}? " if close and close[0] != kind else ""
    raise ModelError(f"unknown model {spec.name!r}: {hint}use {', '.join(KINDS)}")
