"""The server that a spec names, and the key that it may be given."""

import os
import re
from dataclasses import dataclass, field

from models.errors import ModelError
from models.spec import OPENAI, ModelSpec, server_in_environment, without_secrets

OPENAIS_OWN = re.compile(r"https://([a-z]+\.)?api\.openai\.com(/[^?#]*)?")
OPENAI_KEY, OTHER_KEY = "OPENAI_API_KEY", "BILLP_API_KEY"
NO_KEY = "none"  # local servers take any


@dataclass(frozen=True)
class Server:
    """Where requests go, and with which key; the key is in no text that is made of this."""

    address: str
    key: str = field(default=NO_KEY, repr=False)
    key_from: str | None = None

    def told(self, text: str) -> str:
        """A text without the key, should the server have sent it back."""
        return text.replace(self.key, "***") if self.key_from else text


def server_for(spec: ModelSpec) -> Server:
    """The server of a spec.

    A context can name any address, so OPENAI_API_KEY goes to none but OpenAI's own and that of the
    environment.
    """
    environments = server_in_environment()
    address = _checked(spec.base_url or environments or OPENAI)
    own = OPENAIS_OWN.fullmatch(address) is not None
    if own or (environments and address == _checked(environments)):
        key = _key(OPENAI_KEY)
        if key:
            return Server(address, key, OPENAI_KEY)
    if own:
        raise ModelError(
            f"model {spec.name!r} needs a key: set {OPENAI_KEY}, name a local server's "
            "base_url, or use model 'offline'"
        )
    key = _key(OTHER_KEY)
    return Server(address, key, OTHER_KEY) if key else Server(address)


def _checked(url: str) -> str:
    address = without_secrets(url)
    if not re.match(r"https?://[^/]", address):
        raise ModelError(
            f"base_url {address!r} is no address: it must begin with http:// or https://"
        )
    if "@" in url or "?" in url or "#" in url:
        raise ModelError(
            f"base_url of {address} must hold neither user, password nor query: a key for it "
            f"belongs into {OTHER_KEY}"
        )
    return address


def _key(variable: str) -> str:
    key = os.environ.get(variable, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise ModelError(f"{variable} holds characters that no key has: set it anew")
    return key
