"""Chat calls to OpenAI, or to any server with OpenAI's interface."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from typing import Any

from httpx2 import InvalidURL
from langchain_core.messages import BaseMessage
from langchain_openai import ChatOpenAI
from openai import DefaultAsyncHttpxClient, Timeout

from models.call import ChatCall, Reply, invoke
from models.errors import ModelError
from models.failures import RESPONSE_FORMAT, MalformedReplyError
from models.form import FREE, Form
from models.ledger import Ledger
from models.meter import metered_attempt
from models.reply_length import STOP, with_room
from models.retry import Endpoint, RetryPolicy, retried, retry_policy
from models.roles import Role
from models.schema import IGNORED, is_ignored, response_format
from models.server import OPENAI_KEY, Server, server_for
from models.server_state import model_state_of
from models.spec import ModelSpec

FIELDS = {"temperature": "temperature", "seed": "seed", "stream_options": "stream_usage"}
LARGEST_REPLY = 8_000_000  # bytes, once unpacked
ANY_NUMBER = Form(numbers=(1,))
CONNECT_SECONDS = 10.0  # a server that is there accepts a connection soon


def connect_openai(
    name: str,
    spec: ModelSpec,
    ledger: Ledger | None = None,
    policy: RetryPolicy | None = None,
    server: Server | None = None,
) -> ChatCall:
    """The model of this name on this server, or else on that of the spec."""
    server, policy = server or server_for(spec), policy or retry_policy()
    options = frozenset({*FIELDS, "stop", *request_body("actor", spec, server, ANY_NUMBER)})
    endpoint = Endpoint(name, server, model_state_of(server.address, name), options)
    call = _request(spec, endpoint, _client(name, spec, server, policy.timeout))
    call = metered_attempt(call, spec, ledger) if ledger else call
    return retried(with_room(call, endpoint.state.roomy), endpoint, policy)


def _request(spec: ModelSpec, endpoint: Endpoint, client: ChatOpenAI) -> ChatCall:
    """One request, without the options that the server turned out not to support."""

    async def request(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        supported = endpoint.supported()
        numbers = form.numbers if RESPONSE_FORMAT in supported else ()
        form = replace(form, numbers=numbers)
        for option in FIELDS.keys() - supported:
            setattr(client, FIELDS[option], None)
        body = request_body(role, spec, endpoint.server, form)
        sent = {name: value for name, value in body.items() if name in supported}
        try:
            reply = await invoke(client, role, messages, extra_body=sent)
        except IndexError:
            raise MalformedReplyError("its answer holds no choices") from None
        if RESPONSE_FORMAT in sent and is_ignored(numbers, reply):
            endpoint.warn_once(RESPONSE_FORMAT, IGNORED)
        return Reply(endpoint.server.without_key(reply.message), reply.tokens)

    return request


def _client(name: str, spec: ModelSpec, server: Server, timeout: float) -> ChatOpenAI:
    bounds = Timeout(timeout, connect=min(timeout, CONNECT_SECONDS))
    try:
        client = ChatOpenAI(
            model=name,
            base_url=server.address,
            api_key=lambda: server.key,  # a function is never printed
            temperature=spec.temperature,
            seed=spec.seed,
            max_retries=0,  # models.retry does that
            timeout=bounds,
            http_async_client=async_client(bounds, proxies=not server.embedded),
            http_socket_options=(),  # otherwise proxies that the environment names are ignored
            stream_chunk_timeout=0,  # its wait_for swallows the cancellation that ends our timeout
            stream_usage=True,
        )
    except InvalidURL as error:
        raise ModelError(f"base_url {server.address!r} is no address: {error}") from None
    if client.use_responses_api:
        client.seed = None  # that interface has none
    if server.key_from != OPENAI_KEY:
        for inner in (client.root_client, client.root_async_client):
            inner.organization = inner.project = None  # the environment's, which are OpenAI's own
            inner._custom_headers = {}  # OPENAI_CUSTOM_HEADERS
    return client


def request_body(role: Role, spec: ModelSpec, server: Server, form: Form) -> dict[str, Any]:
    """What a request carries beyond its messages: bounds, a schema, and an order about thinking."""
    bound = "max_completion_tokens" if server.is_openai else "max_tokens"
    body: dict[str, Any] = {bound: spec.reply_tokens.of(role, form)}
    if spec.structured and form.numbers:
        body[RESPONSE_FORMAT] = response_format(form.numbers)
    elif not form.is_thought:  # in JSON a blank line ends nothing
        body["stop"] = STOP
    if spec.thinking is not None:
        body["reasoning_effort"] = "medium" if spec.thinking else "none"
        if not server.is_openai:
            body["chat_template_kwargs"] = {"enable_thinking": spec.thinking}
    return body


def async_client(timeout: Timeout, *, proxies: bool = True) -> DefaultAsyncHttpxClient:
    """A client of its own for each model, because two event loops cannot share one."""
    return DefaultAsyncHttpxClient(
        timeout=timeout,
        follow_redirects=False,
        trust_env=proxies,
        event_hooks={"response": [_bound_size]},
    )


async def _bound_size(response: Any) -> None:
    """Counts the bytes of this response's body as they are read."""
    chunks: Callable[..., AsyncIterator[bytes]] = response.aiter_bytes

    async def counted(chunk_size: int | None = None) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in chunks(chunk_size):
            size += len(chunk)
            if size > LARGEST_REPLY:
                raise MalformedReplyError(f"its answer is longer than {LARGEST_REPLY // 10**6} MB")
            yield chunk

    response.aiter_bytes = counted
