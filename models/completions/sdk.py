"""The same requests by `ChatOpenAI`, which also speaks OpenAI's Responses interface."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient, Timeout

from models.call import Reply, invoke
from models.completions.chat_model import STREAM_OPTIONS, Body
from models.completions.connection import CONNECT_SECONDS, bounded
from models.failures import MalformedReplyError
from models.roles import Role
from models.server import OPENAI_KEY, Server
from models.spec import ModelSpec

FIELDS = {"temperature": "temperature", "seed": "seed", STREAM_OPTIONS: "stream_usage"}


class SdkModel:
    """Asks one model on one server by `ChatOpenAI`."""

    def __init__(self, name: str, spec: ModelSpec, server: Server, timeout: float) -> None:
        self._client = client(name, spec, server, timeout)

    async def ask(self, role: Role, messages: Sequence[BaseMessage], body: Body) -> Reply:
        """The reply; LangChain's layer always runs."""
        for option in FIELDS.keys() - body.keys():
            setattr(self._client, FIELDS[option], None)
        more = {name: value for name, value in body.items() if name not in FIELDS}
        try:
            return await invoke(self._client, role, messages, extra_body=more)
        except IndexError:
            raise MalformedReplyError("its answer holds no choices") from None


def client(name: str, spec: ModelSpec, server: Server, timeout: float) -> ChatOpenAI:
    """`ChatOpenAI` with this server's key and none of the environment's."""
    bounds = Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    made = ChatOpenAI(
        model=name,
        base_url=server.address,
        api_key=lambda: server.key,  # a function is never printed
        temperature=spec.temperature,
        seed=spec.seed,
        max_retries=0,  # models.retry does that
        timeout=bounds,
        http_async_client=_http_client(bounds, proxies=not server.embedded),
        http_socket_options=(),  # otherwise proxies that the environment names are ignored
        stream_chunk_timeout=0,  # its wait_for swallows the cancellation that ends our timeout
        stream_usage=True,
    )
    if made.use_responses_api:
        made.seed = None  # that interface has none
    if server.key_from != OPENAI_KEY:
        for inner in (made.root_client, made.root_async_client):
            inner.organization = inner.project = None  # the environment's, which are OpenAI's own
            inner._custom_headers = {}  # OPENAI_CUSTOM_HEADERS
    return made


def _http_client(timeout: Timeout, *, proxies: bool) -> DefaultAsyncHttpxClient:
    """A client of its own for each model, because two event loops cannot share one."""
    return DefaultAsyncHttpxClient(
        timeout=timeout,
        follow_redirects=False,
        trust_env=proxies,
        event_hooks={"response": [_bound_size]},
    )


async def _bound_size(response: Any) -> None:
    """Bounds this response's body as it is read."""
    chunks: Callable[..., AsyncIterator[bytes]] = response.aiter_bytes

    async def counted(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        async for chunk in bounded(chunks(chunk_size)):
            yield chunk

    response.aiter_bytes = counted
