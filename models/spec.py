"""Which chat model, under which exact name it is paid, and what the environment says of it."""

import math
import os
from contextlib import suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from models.errors import ModelError
from models.local.model_file import exact_local_name, is_local
from models.reply_length import ReplyTokens

OPENAI = "https://api.openai.com/v1"
WITHOUT_SERVER = ("scripted", "community", "import")  # kinds of names whose models ask no base_url
SERVER_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")  # langchain-openai reads the second


@dataclass(frozen=True)
class ModelSpec:
    """Which chat model, how it is asked, and in which pass of an experiment."""

    name: str = "offline"
    base_url: str | None = None
    temperature: float = 0.5
    seed: int = 0
    epoch: int = 0
    structured: bool = True  # numbers by a JSON schema, where the server keeps to one
    reply_tokens: ReplyTokens = field(default_factory=ReplyTokens)
    thinking: bool | None = None  # None leaves it to the server


def server_in_environment() -> str | None:
    """The base URL that the environment names."""
    return next(filter(None, map(os.environ.get, SERVER_VARIABLES)), None)


def exact_name(spec: ModelSpec) -> str:
    """The name that prices and records know: with its server, or the hash of a model file."""
    if is_local(spec.name):
        return exact_local_name(spec.name)
    kind, named, _ = spec.name.partition(":")
    server = spec.base_url if named and kind not in WITHOUT_SERVER else None
    if kind == "openai":
        server = server or server_in_environment()
    address = without_secrets(server) if server else OPENAI
    return spec.name if address == OPENAI else f"{spec.name}@{address}"


def without_secrets(url: str) -> str:
    """An address without user, password and query, in which keys travel."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        shown = url.rpartition("@")[2].partition("?")[0]
        raise ModelError(f"base_url {shown!r} is no address: {error}") from None
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")


def number_in_environment(variable: str, default: float) -> float:
    """The number above 0 that a variable holds, or the default if it is not set."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return default
    with suppress(ValueError):
        if 0 < (number := float(text)) < math.inf:
            return number
    raise ModelError(f"{variable} must be a number above 0, not {text!r}")
