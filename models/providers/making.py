"""Makes a chat model of a package that this project knows only by its interface."""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from langchain_core.language_models import BaseChatModel
from pydantic import SecretStr, ValidationError

from models.errors import ModelError, install_command
from models.failures import one_line
from models.server import OPENAI_KEY, Server
from models.spec import ModelSpec

INSTALL = re.compile(r"pip install (?:-\S+ )*[`'\"]?([A-Za-z0-9][\w.-]*\w)")
CLIENTS = ("root_client", "root_async_client")  # where classes of OpenAI's interface have theirs


@contextmanager
def errors_in_one_line(spec: ModelSpec) -> Iterator[None]:
    """Turns whatever a class says against being made into one line."""
    try:
        yield
    except ModelError:
        raise
    except ImportError as error:
        told = INSTALL.search(str(error))
        package = told[1] if told else (error.name or "").partition(".")[0].replace("_", "-")
        if not package:
            raise ModelError(f"model {spec.name!r}: {one_line(str(error))}") from error
        raise ModelError(
            f"model {spec.name!r} needs the package {package}: give {install_command(package)}"
        ) from error
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        told_here = f"{where}: {first['msg']}" if where else first["msg"]
        raise ModelError(f"model {spec.name!r}: {one_line(told_here)}") from None
    except Exception as error:
        raise ModelError(f"model {spec.name!r}: {one_line(str(error))}") from error


def takes(kind: type[BaseChatModel], name: str) -> bool:
    """Whether a class is made with this option."""
    fields = kind.model_fields
    return name in fields or any(field.alias == name for field in fields.values())


def address_options(kind: type[BaseChatModel], spec: ModelSpec, server: Server) -> dict[str, Any]:
    """The options that send a class to this server, with that server's key and no other."""
    if takes(kind, "base_url") and takes(kind, "api_key"):
        return {"base_url": server.address, "api_key": server.key}
    if takes(kind, "base_url") and takes(kind, "client_kwargs"):
        headers = {"Authorization": f"Bearer {server.key}"}  # over a key of the environment
        client = {"headers": headers, "follow_redirects": False}
        return {"base_url": server.address, "client_kwargs": client}
    raise ModelError(
        f"model {spec.name!r} takes no base_url: leave it out; {kind.__name__} may read its "
        "server's address from the environment"
    )


def own_server(name: str, model: BaseChatModel, spec: ModelSpec) -> Server:
    """The server that a class asks by itself, under a name of ours, with the key that it found."""
    for field, variable in model.lc_secrets.items():
        value = getattr(model, field, None)
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if secret == "":
            raise ModelError(f"model {spec.name!r} needs a key: set {variable}")
        if isinstance(secret, str):
            return Server(name, secret, variable)
    return Server(name)


def keep_openais_own(model: BaseChatModel, spec: ModelSpec) -> None:
    """Refuses a model that would take OPENAI_API_KEY elsewhere, and forgets OpenAI's headers."""
    clients = [client for name in CLIENTS if (client := getattr(model, name, None)) is not None]
    for client in clients:
        client.organization = client.project = None
        client._custom_headers = {}  # OPENAI_CUSTOM_HEADERS
    secrets = [client.api_key for client in clients] or [*_secrets(model)]
    key = os.environ.get(OPENAI_KEY, "").strip()
    if key and key in secrets:
        raise ModelError(
            f"model {spec.name!r} would take {OPENAI_KEY} to a server that is not OpenAI's: set "
            "the key of its own"
        )


def _secrets(model: BaseChatModel) -> Iterator[str]:
    values: Mapping[str, Any] = dict(model)
    for value in values.values():
        secret = value.get_secret_value() if isinstance(value, SecretStr) else value
        if isinstance(secret, str):
            yield secret
