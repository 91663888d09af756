"""Chat calls to OpenAI, or to any server with OpenAI's interface."""

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Protocol

from langchain_core.messages import BaseMessage

from models.call import ChatCall, Reply
from models.completions.chat_model import STREAM_OPTIONS, Body, CompletionsModel
from models.completions.connection import Connection
from models.errors import ModelError
from models.failures import RESPONSE_FORMAT
from models.form import FREE, Form
from models.ledger import Ledger
from models.meter import metered_attempt
from models.reply_length import STOP, with_room
from models.retry import Endpoint, RetryPolicy, retried, retry_policy
from models.roles import Role
from models.schema import IGNORED, is_ignored, response_format
from models.server import Server, server_for
from models.server_state import model_state_of
from models.spec import ModelSpec

ANY_NUMBER = Form.one_of((1,))
CLIENT_VARIABLE = "BILLP_OPENAI_CLIENT"
DIRECT, SDK = "direct", "langchain"
# OpenAI serves these by its Responses interface alone, which ChatOpenAI speaks.
RESPONSES_ONLY = re.compile(r"gpt-5(\.\d+)?-pro|gpt-5\.6-sol|.*codex")
ONE_TEMPERATURE = re.compile(r"gpt-5(?!.*chat)", re.IGNORECASE)  # OpenAI refuses any other


class Client(Protocol):
    """What sends requests to one model on one server."""

    async def ask(self, role: Role, messages: Sequence[BaseMessage], body: Body) -> Reply:
        """The reply to these messages, asked for with these options."""
        ...


def connect_openai(
    name: str,
    spec: ModelSpec,
    ledger: Ledger | None = None,
    policy: RetryPolicy | None = None,
    server: Server | None = None,
) -> ChatCall:
    """The model of this name on this server, or else on that of the spec."""
    server, policy = server or server_for(spec), policy or retry_policy()
    options = frozenset({"stop", *request_body(name, "actor", spec, server, ANY_NUMBER)})
    endpoint = Endpoint(name, server, model_state_of(server.address, name), options)
    call = _request(spec, endpoint, _client(name, spec, server, policy.timeout))
    call = metered_attempt(call, spec, ledger) if ledger else call
    return retried(with_room(call, endpoint.state.roomy), endpoint, policy)


def _request(spec: ModelSpec, endpoint: Endpoint, client: Client) -> ChatCall:
    """One request, without the options that the server turned out not to support."""

    async def request(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        supported = endpoint.supported()
        if RESPONSE_FORMAT not in supported:
            form = replace(form, fields=())
        body = request_body(endpoint.model, role, spec, endpoint.server, form)
        sent = {name: value for name, value in body.items() if name in supported}
        reply = await client.ask(role, messages, sent)
        if RESPONSE_FORMAT in sent and is_ignored(form, reply):
            endpoint.warn_once(RESPONSE_FORMAT, IGNORED)
        return Reply(endpoint.server.without_key(reply.message), reply.tokens)

    return request


def _client(name: str, spec: ModelSpec, server: Server, timeout: float) -> Client:
    """Our own client, unless the environment or the model asks for langchain-openai's."""
    wanted = os.environ.get(CLIENT_VARIABLE, "").strip() or DIRECT
    if wanted not in (DIRECT, SDK):
        raise ModelError(f"{CLIENT_VARIABLE} must be {DIRECT} or {SDK}, not {wanted!r}")
    if wanted == SDK or RESPONSES_ONLY.match(name):
        from models.completions.sdk import SdkModel

        return SdkModel(name, spec, server, timeout)
    return CompletionsModel(model_name=name, connection=Connection.to(server, timeout))


def request_body(
    name: str, role: Role, spec: ModelSpec, server: Server, form: Form
) -> dict[str, Any]:
    """What a request carries beyond its messages: sampling, bounds, a schema, an order to think."""
    bound = "max_completion_tokens" if server.is_openai else "max_tokens"
    body: dict[str, Any] = {
        "seed": spec.seed,
        bound: spec.reply_tokens.of(role, form),
        STREAM_OPTIONS: {"include_usage": True},  # sent with streams only
    }
    if not ONE_TEMPERATURE.match(name):
        body["temperature"] = spec.temperature
    if spec.structured and form.fields:
        body[RESPONSE_FORMAT] = response_format(form)
    elif not form.is_thought:  # in JSON a blank line ends nothing
        body["stop"] = STOP
    if spec.thinking is not None:
        body["reasoning_effort"] = "medium" if spec.thinking else "none"
        if not server.is_openai:
            body["chat_template_kwargs"] = {"enable_thinking": spec.thinking}
    return body
