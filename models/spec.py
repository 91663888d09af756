"""Which chat model, and the exact name under which it is paid for."""

import os
from dataclasses import dataclass
from urllib.parse import urlsplit

from models.errors import ModelError

OPENAI = "https://api.openai.com/v1"
SERVER_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_BASE")  # langchain-openai reads the second


@dataclass(frozen=True)
class ModelSpec:
    """Which chat model, how it is asked, and in which pass of an experiment."""

    name: str = "offline"
    base_url: str | None = None
    temperature: float = 0.5
    seed: int = 0
    epoch: int = 0


def server_of(spec: ModelSpec) -> str | None:
    """The base URL that will be asked, the environment's where the spec has none."""
    named = (os.environ.get(variable) for variable in SERVER_VARIABLES)
    return spec.base_url or next(filter(None, named), None)


def exact_name(spec: ModelSpec) -> str:
    """The name that prices and records know: with its server, where that is not OpenAI's own."""
    server = server_of(spec) if spec.name.startswith("openai:") else None
    address = without_secrets(server) if server else OPENAI
    return spec.name if address == OPENAI else f"{spec.name}@{address}"


def without_secrets(url: str) -> str:
    """An address without user, password and query, in which keys travel."""
    try:
        parts = urlsplit(url.strip())
    except ValueError as error:
        raise ModelError(f"base_url {url!r} is no address: {error}") from error
    host = parts.netloc.rpartition("@")[2].lower()
    return f"{parts.scheme}://{host}{parts.path}".rstrip("/")
