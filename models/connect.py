"""The pipeline of a chat call, inside out: request, meter, retry, cache."""

from difflib import get_close_matches
from pathlib import Path

from models.cached import cached
from models.call import ChatCall, from_chat_model, registered_model
from models.errors import ModelError
from models.ledger import Ledger
from models.local.model_file import is_local
from models.meter import metered
from models.providers import FOREIGN
from models.reply_cache import ReplyCache
from models.spec import ModelSpec
from models.stand_ins.offline import OfflineChatModel
from models.stand_ins.scripted import ScriptedChatModel, read_script

KINDS = (
    "offline",
    "local",
    "local:FILE.gguf",
    "openai:NAME",
    "scripted:FILE",
    "PROVIDER:NAME",
    "community:CLASS:MODEL",
    "import:MODULE:FACTORY",
)
CONCURRENCY = 4


def connect(
    spec: ModelSpec,
    ledger: Ledger | None = None,
    cache: ReplyCache | None = None,
    concurrency: int = CONCURRENCY,
) -> ChatCall:
    """The chat call of a spec, metered and cached if asked for; a cache hit costs nothing.

    A model file of this machine is served to as many callers at once as `concurrency` says.
    """
    kind, _, name = spec.name.partition(":")
    if kind == "openai" and name:
        from models.openai_chat import connect_openai

        call = connect_openai(name, spec, ledger)
    elif kind in FOREIGN and name:
        from models.providers.connect import connect_foreign

        call = connect_foreign(kind, name, spec, ledger)
    elif is_local(spec.name):
        from models.local.chat import connect_local

        call = connect_local(spec, ledger, concurrency)
    else:
        call = _rule_based(spec, kind, name)
        call = metered(call, spec, ledger) if ledger else call
    scripted = kind == "scripted"  # a script answers in turn, whatever it is asked
    return cached(call, spec, cache) if cache and not scripted else call


def needs_more(name: str) -> bool:
    """Whether connecting a model takes a key, a package or much memory."""
    kind, _, rest = name.partition(":")
    return is_local(name) or (bool(rest) and (kind == "openai" or kind in FOREIGN))


def _rule_based(spec: ModelSpec, kind: str, name: str) -> ChatCall:
    """A model that needs no server."""
    if spec.name == "offline":
        return from_chat_model(OfflineChatModel(seed=spec.seed))
    if kind == "scripted" and name:
        return from_chat_model(
            ScriptedChatModel(model_name=spec.name, replies=read_script(Path(name)))
        )
    if kind == "own" and name:
        return registered_model(name)
    close = get_close_matches(
        kind.lower(), ("offline", "local", "openai", "scripted", *FOREIGN), n=1
    )
    hint = f"did you mean {close[0]!r}? " if close and close[0] != kind else ""
    raise ModelError(f"unknown model {spec.name!r}: {hint}use {', '.join(KINDS)}")
