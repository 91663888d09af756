"""Chat models by provider and name, made by LangChain's `init_chat_model`."""

import re
from typing import Any

import httpcore2  # noqa: F401  # loads more at import, which a first request would do on its loop
from langchain_core.language_models import BaseChatModel

from models.errors import ModelError, install_command
from models.providers.langchain_chat import Asked
from models.providers.making import (
    address_options,
    errors_in_one_line,
    keep_openais_own,
    own_server,
    takes,
)
from models.reply_length import STOP
from models.server import other_server
from models.spec import ModelSpec

NO_BLANK_STOP = re.compile("anthropic|bedrock")  # Claude's interface refuses blank sequences


def provider_model(provider: str, name: str, spec: ModelSpec) -> Asked:
    """The model of this name at a provider, with the key of the provider's own variable.

    An address that the settings name gets BILLP_API_KEY instead, as any other server does.
    """
    try:
        from langchain.chat_models import init_chat_model
    except ImportError as error:
        raise ModelError(
            f"model {spec.name!r} needs the extra 'providers': in the clone, give "
            f"{install_command('-e', '.[providers]')}"
        ) from error

    def make(**options: Any) -> BaseChatModel:
        made: BaseChatModel = init_chat_model(name, model_provider=provider, **options)
        return made

    other = other_server(spec.base_url) if spec.base_url else None
    with errors_in_one_line(spec):
        given = {"base_url": other.address, "api_key": other.key} if other else {}
        kind = type(make(**given))  # only a model tells which options its class has
        options = address_options(kind, spec, other) if other else {}
        if takes(kind, "max_retries"):
            options["max_retries"] = 0  # models.retry does that
        model = make(**options)
    keep_openais_own(model, spec)
    blank = NO_BLANK_STOP.search(provider) is None
    stop = tuple(one for one in STOP if blank or one.strip())
    return Asked(model, other or own_server(provider, model, spec), stop)
