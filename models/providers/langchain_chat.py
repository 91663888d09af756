"""Any LangChain chat model as a chat call: bounded replies, meter and retry around it."""

from collections.abc import Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Any, get_args

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from models.call import ChatCall, Reply, invoke, invoke_in
from models.form import FREE, Form
from models.ledger import Ledger
from models.meter import metered_attempt
from models.reply_length import STOP, with_room
from models.retry import Endpoint, RetryPolicy, retried, retry_policy
from models.roles import Role
from models.schema import IGNORED, form_schema, is_ignored
from models.server import Server
from models.server_state import model_state_of
from models.spec import ModelSpec

BOUNDS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "num_predict",
          "max_new_tokens")  # fmt: skip
STOPS = ("stop", "stop_sequences")
SAMPLING = ("temperature", "seed")
UNBOUNDED = "takes no bound on its replies: one may be of any length, and cost accordingly"
SCHEMA = "format"  # where Ollama's class takes a JSON schema


@dataclass(frozen=True)
class Asked:
    """A LangChain chat model, where its requests go, and what may be set of it.

    A model with a worker answers one call at a time, in the worker's thread.
    """

    model: BaseChatModel
    server: Server
    stop: Sequence[str] = STOP
    sampling: bool = True  # false where its maker has chosen temperature and seed
    worker: Executor | None = None


def connect_langchain(
    asked: Asked, spec: ModelSpec, ledger: Ledger | None = None, policy: RetryPolicy | None = None
) -> ChatCall:
    """The chat call of a model, metered and retried as any other."""
    fields = ModelFields.of(asked, spec)
    state = model_state_of(asked.server.address, spec.name)
    endpoint = Endpoint(spec.name, asked.server, state, fields.options(), says_end=False)
    if fields.bound is None:
        endpoint.warn_once("bound", UNBOUNDED)
    call = _request(asked, fields, endpoint)
    call = metered_attempt(call, spec, ledger) if ledger else call
    return retried(with_room(call, endpoint.state.roomy), endpoint, policy or retry_policy())


@dataclass(frozen=True)
class ModelFields:
    """The fields of a chat model's class that hold what a spec asks for."""

    spec: ModelSpec
    fixed: Mapping[str, Any]
    bound: str | None
    stop: str | None
    sequences: Sequence[str]
    schema: str | None = None

    @classmethod
    def of(cls, asked: Asked, spec: ModelSpec) -> "ModelFields":
        """What this model's class can be told of the spec."""
        fields = type(asked.model).model_fields
        sampling = SAMPLING if asked.sampling else ()
        fixed = {name: getattr(spec, name) for name in sampling if name in fields}
        if spec.thinking is not None and bool in get_args(_annotation(fields, "reasoning")):
            fixed["reasoning"] = spec.thinking
        bound, stop = _first(BOUNDS, fields), _first(STOPS, fields)
        own = (getattr(asked.model, stop) if stop else None) or []
        given = [own] if isinstance(own, str) else own
        schema = SCHEMA if spec.structured and SCHEMA in fields else None
        return cls(spec, fixed, bound, stop, [*given, *asked.stop], schema)

    def options(self) -> frozenset[str]:
        """What a server may turn out not to support."""
        named = (self.bound, self.schema)
        return frozenset({*self.fixed, "stop", *filter(None, named)})

    def values(self, role: Role, supported: frozenset[str], form: Form) -> dict[str, Any]:
        """The values of the model's fields for a role; None for what the server does not take."""
        values = dict(self.fixed)
        if self.bound:
            values[self.bound] = self.spec.reply_tokens.of(role, form)
        values = {name: value if name in supported else None for name, value in values.items()}
        if self.schema in supported and form.fields:
            values[SCHEMA] = form_schema(form)
        elif self.stop and "stop" in supported and not form.is_thought:
            values[self.stop] = list(self.sequences)
        return values


def _request(asked: Asked, fields: ModelFields, endpoint: Endpoint) -> ChatCall:
    """One request to a copy of the model with the role's bound; copies share a client."""
    copies: dict[str, BaseChatModel] = {}

    def copy(values: Mapping[str, Any]) -> BaseChatModel:
        key = repr(values)
        if key not in copies:
            copies[key] = asked.model.model_copy(update=values)
        return copies[key]

    async def request(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        supported = endpoint.supported()
        values = fields.values(role, supported, form)
        model = copy(values)
        stops = fields.stop is None and "stop" in supported and not form.is_thought
        options = {"stop": list(fields.sequences)} if stops else {}
        if asked.worker:
            reply = await invoke_in(asked.worker, model, role, messages, **options)
        else:
            reply = await invoke(model, role, messages, **options)
        if SCHEMA in values and is_ignored(form, reply):
            endpoint.warn_once(SCHEMA, IGNORED)
        return Reply(endpoint.server.without_key(reply.message), reply.tokens)

    return request


def _first(names: Sequence[str], fields: Mapping[str, Any]) -> str | None:
    return next((name for name in names if name in fields), None)


def _annotation(fields: Mapping[str, Any], name: str) -> Any:
    return fields[name].annotation if name in fields else None
