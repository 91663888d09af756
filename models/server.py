"""The server that a spec names, and the key that it may be given."""

import json
import os
import re
from dataclasses import dataclass, field
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import idna
from langchain_core.messages import AIMessage

from models.errors import ModelError
from models.spec import OPENAI, ModelSpec, server_in_environment, without_secrets

OPENAIS_OWN = re.compile(r"https://([a-z]+\.)?api\.openai\.com(/[^?#]*)?")
OPENAI_KEY, OTHER_KEY = "OPENAI_API_KEY", "BILLP_API_KEY"
LONGEST_ADDRESS = 2000
NO_KEY = "none"  # local servers take any


@dataclass(frozen=True)
class Server:
    """Where requests go, and with which key; the key is never printed.

    A package that finds its provider by itself gives the provider's name for the address.
    """

    address: str
    key: str = field(default=NO_KEY, repr=False)
    key_from: str | None = None
    embedded: bool = False  # started by this process: no proxy leads to it

    @property
    def is_openai(self) -> bool:
        """Whether it is OpenAI's own, whose interface is ahead of its imitations."""
        return OPENAIS_OWN.fullmatch(self.address) is not None

    @property
    def is_address(self) -> bool:
        """Whether it is known where requests go."""
        return "://" in self.address

    def without_key_in(self, text: str) -> str:
        """A text without the key, should the server have sent it back."""
        return text.replace(self.key, "***") if self.key_from else text

    def without_key(self, message: AIMessage) -> AIMessage:
        """A reply without the key in its text, its metadata and whatever comes with it."""
        written, key = message.model_dump_json(), json.dumps(self.key)[1:-1]
        if not self.key_from or key not in written:
            return message
        return type(message).model_validate_json(written.replace(key, "***"))


def server_for(spec: ModelSpec) -> Server:
    """The server of a spec; OPENAI_API_KEY goes only to OpenAI and the environment's server."""
    environments = server_in_environment()
    address = _checked(spec.base_url or environments or OPENAI)
    own = Server(address).is_openai
    if own or (environments and address == _checked(environments)):
        key = _key(OPENAI_KEY)
        if key:
            return Server(address, key, OPENAI_KEY)
    if own:
        raise ModelError(
            f"model {spec.name!r} needs a key: set {OPENAI_KEY}, name a local server's "
            "base_url, or use model 'offline'"
        )
    return other_server(address)


def other_server(url: str) -> Server:
    """A server that is not the model's usual one, with the key for such servers, if it is set."""
    address, key = _checked(url), _key(OTHER_KEY)
    return Server(address, key, OTHER_KEY) if key else Server(address)


def _checked(url: str) -> str:
    address, wrong = without_secrets(url), ""
    if not url.strip().isprintable() or " " in address or len(address) > LONGEST_ADDRESS:
        wrong = "it holds blanks, characters that cannot be printed, or too many"
    elif not re.match(r"https?://[^/]", address):
        wrong = "it must begin with http:// or https://"
    try:
        parts = urlsplit(address)
        _ = parts.port
        _check_host(parts.hostname or "")
    except ValueError as error:
        wrong = wrong or str(error)
    if wrong:
        raise ModelError(f"base_url {address[:100]!r} is no address: {wrong}")
    refuse_secrets(url)
    return address


def _check_host(host: str) -> None:
    if re.fullmatch(r"\d+(\.\d+){3}", host):
        IPv4Address(host)
    elif not host.isascii():
        idna.encode(host, uts46=True)


def refuse_secrets(url: str) -> None:
    """Refuses an address that may have a key in it, before it is stored or shown."""
    if "@" in url or "?" in url or "#" in url:
        raise ModelError(
            f"base_url of {without_secrets(url)} must hold neither user, password nor query: a key "
            f"for it belongs into {OTHER_KEY}"
        )


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"{variable} holds characters that no key has: set it anew")
    return key
