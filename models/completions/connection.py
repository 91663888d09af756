"""How a server is reached: its URL, key, proxy and certificates, and what goes wrong on the way."""

import json
import os
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from types import SimpleNamespace
from typing import Any
from urllib.request import getproxies, proxy_bypass

import certifi
from aiohttp import (
    ClientConnectorError,
    ClientPayloadError,
    ClientResponse,
    ClientResponseError,
    ClientTimeout,
    encode_basic_auth,
)
from yarl import URL

from models.completions.session import session
from models.errors import ModelError
from models.failures import CALLS_GO_TO, MalformedReplyError
from models.server import OPENAI_KEY, Server

LARGEST_REPLY = 8_000_000  # bytes, once unpacked
CONNECT_SECONDS = 10.0  # a server that is there accepts a connection soon
CERTIFICATES = ("SSL_CERT_FILE", "SSL_CERT_DIR")
ACCOUNT = {
    "OpenAI-Organization": ("OPENAI_ORG_ID", "OPENAI_ORGANIZATION"),
    "OpenAI-Project": ("OPENAI_PROJECT_ID",),
}
CUSTOM_HEADERS = "OPENAI_CUSTOM_HEADERS"  # lines of NAME: VALUE


class StatusError(Exception):
    """A reply with a status that is no success; `body` is what it says, parsed if it is JSON."""

    def __init__(self, response: ClientResponse, text: str) -> None:
        super().__init__(response.reason or "")
        self.status_code = response.status
        self.response = SimpleNamespace(headers=response.headers)
        self.request = SimpleNamespace(url=response.url)
        try:
            self.body = json.loads(text)
        except ValueError:
            self.body = text.strip()


@dataclass(frozen=True)
class Connection:
    """Where completions are asked for; no key or password of it is ever printed."""

    url: URL
    seconds: float
    headers: Mapping[str, str] = field(repr=False)
    proxy: URL | None
    proxy_headers: Mapping[str, str] = field(repr=False)  # of the request for a tunnel
    tls: ssl.SSLContext | bool

    @classmethod
    def to(cls, server: Server, timeout: float) -> "Connection":
        """With the proxy, certificates and OpenAI account that the environment names."""
        proxy = None if server.embedded else _proxy(server.address)
        secure = server.address.startswith("https://")
        login = _login(proxy) if proxy else {}
        return cls(
            url=URL(server.address + CALLS_GO_TO),
            seconds=min(timeout, CONNECT_SECONDS),
            headers={
                "Authorization": f"Bearer {server.key}",
                "Content-Type": "application/json",
                **(_account() if server.key_from == OPENAI_KEY else {}),
                **({} if secure else login),
            },
            proxy=proxy.with_user(None) if proxy else None,
            proxy_headers=login if secure else {},
            tls=_tls() if secure else True,
        )

    @asynccontextmanager
    async def reply(self, body: Mapping[str, Any]) -> AsyncIterator[ClientResponse]:
        """The response to a request, once its status is known to be a success."""
        opened = await session()
        try:
            async with opened.post(
                self.url,
                data=json.dumps(body).encode(),
                headers=self.headers,
                proxy=self.proxy,
                proxy_headers=self.proxy_headers or None,
                ssl=self.tls,
                allow_redirects=False,
                timeout=ClientTimeout(total=None, sock_connect=self.seconds),
            ) as response:
                if not 200 <= response.status < 300:
                    raise StatusError(response, (await whole(response)).decode(errors="replace"))
                yield response
        except ClientConnectorError as error:
            raise ConnectionRefusedError(str(error.__cause__ or error)) from None
        except ClientPayloadError:
            raise ConnectionError("it was closed within the answer") from None
        except ClientResponseError as error:  # what came is no HTTP, or the proxy refuses
            raise ConnectionError(error.message) from None


def pieces(response: ClientResponse) -> AsyncIterator[bytes]:
    """The body as it comes, up to a bound."""
    return bounded(response.content.iter_any())


async def bounded(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The pieces of a body; raises if they are more than any answer needs."""
    size = 0
    async for piece in body:
        size += len(piece)
        if size > LARGEST_REPLY:
            raise MalformedReplyError(f"its answer is longer than {LARGEST_REPLY // 10**6} MB")
        yield piece


async def whole(response: ClientResponse) -> bytes:
    """The whole body, up to the same bound."""
    return b"".join([piece async for piece in pieces(response)])


def _account() -> dict[str, str]:
    """The headers of an OpenAI account that the environment describes."""
    found = {
        name: next(filter(None, map(os.environ.get, variables)), "")
        for name, variables in ACCOUNT.items()
    }
    for line in os.environ.get(CUSTOM_HEADERS, "").splitlines():
        name, _, value = line.partition(":")
        found[name.strip()] = value.strip()
    return {name: value for name, value in found.items() if name and value}


def _proxy(address: str) -> URL | None:
    """The proxy that the environment names for an address."""
    url, proxies = URL(address), getproxies()
    named = proxies.get(url.scheme) or proxies.get("all")
    if not named or proxy_bypass(f"{url.host}:{url.port}"):
        return None
    proxy = URL(named if "://" in named else f"http://{named}")
    if proxy.scheme not in ("http", "https"):
        raise ModelError(
            f"the environment's proxy is {proxy.scheme}://, and chat calls go through http:// and "
            f"https:// alone: name another one, or {url.host} in NO_PROXY"
        )
    return proxy


def _login(proxy: URL) -> dict[str, str]:
    """The header with a proxy's user and password, if its URL has them."""
    if not proxy.user:
        return {}
    return {"Proxy-Authorization": encode_basic_auth(proxy.user, proxy.password or "")}


@cache
def _tls() -> ssl.SSLContext:
    """The certificates that the environment names, else the system's, else certifi's."""
    context = ssl.create_default_context()
    if not any(map(os.environ.get, CERTIFICATES)) and not context.get_ca_certs():
        context.load_verify_locations(certifi.where())
    return context
