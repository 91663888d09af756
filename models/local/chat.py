"""Chat calls to a model file of this machine."""

import asyncio
from collections.abc import Sequence

from langchain_core.messages import BaseMessage

from models.call import ChatCall, Reply
from models.errors import ModelError, PromptTooLongError, ServerFailedError
from models.failures import TIMEOUT_VARIABLE
from models.form import FREE, Form
from models.ledger import Ledger
from models.local.engine_process import (
    CONTEXT_VARIABLE,
    EngineProcess,
    EngineSize,
    check_memory,
    engine_for,
    is_served,
)
from models.local.model_file import open_model
from models.openai_chat import connect_openai
from models.retry import RetryPolicy
from models.roles import Role
from models.spec import ModelSpec, number_in_environment

TIMEOUT_SECONDS = 600.0  # two cores read a long prompt for minutes
ENDING_SECONDS = 2.0  # a process that was killed first gives back its memory


def connect_local(spec: ModelSpec, ledger: Ledger | None, concurrency: int) -> ChatCall:
    """The chat call of a model file, which is checked now and loaded at the first call."""
    model = open_model(spec.name)
    size = EngineSize.wanted(model, concurrency)
    if not is_served(model):
        check_memory(model, size)
    calls: dict[str, ChatCall] = {}

    def connected(engine: EngineProcess) -> ChatCall:
        """The call to the engine where it answers now; after a restart that is elsewhere."""
        server = engine.server()
        if server.address not in calls:
            calls.clear()
            made = connect_openai(model.path.stem, spec, ledger, _policy(), server)
            calls[server.address] = made
            return made
        return calls[server.address]

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        engine = engine_for(model, size)
        async with engine.slot:
            for _ in range(2):  # an engine that was killed is started once more
                call = await asyncio.to_thread(connected, engine)
                try:
                    return await call(role, messages, form)
                except ServerFailedError:
                    if not await asyncio.to_thread(engine.has_ended, ENDING_SECONDS):
                        raise
                except PromptTooLongError as error:
                    raise PromptTooLongError(_too_long(engine)) from error
            raise ModelError(
                f"the engine of {model.path.name} ended twice ({engine.why_ended()}): is there "
                "memory for it? Take a smaller model, or give the same command again"
            )

    return ask


def _policy() -> RetryPolicy:
    """Few attempts: on this machine a call fails only with its engine."""
    timeout = number_in_environment(TIMEOUT_VARIABLE, TIMEOUT_SECONDS)
    return RetryPolicy(timeout, timeouts_in_all=1, attempts=3)


def _too_long(engine: EngineProcess) -> str:
    context, own = engine.size.context, engine.model.header.context
    told = f"the prompt does not fit into the {context} tokens of {engine.model.path.name}"
    if context == own:
        return f"{told}, which are all that it was made for: take a model with a longer context"
    return f"{told}: set {CONTEXT_VARIABLE} higher"
