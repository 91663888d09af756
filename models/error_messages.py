"""The errors of failed calls: what failed, why, and what to do."""

from collections.abc import Mapping

from models.errors import (
    AccessRefusedError,
    CallError,
    PromptTooLongError,
    QuotaUsedUpError,
    RedirectedError,
    RequestRefusedError,
    ServerFailedError,
    UnknownModelError,
)
from models.failures import Failure
from models.server import OPENAI_KEY, OTHER_KEY, Server

MORE_ROOM = "Ollama: num_ctx, vLLM: --max-model-len, llama.cpp: --ctx-size"
OUT_OF_ROOM = (
    f"used up its tokens before it answered: give it more ({MORE_ROOM}), or let it think less"
)
LASTING: Mapping[type[CallError], str] = {
    AccessRefusedError: "{server} refuses the key in {key} ({why}): set {key} to one that it knows",
    UnknownModelError: "{server} has no model {model!r} ({why}): {server}/models lists what it "
    "has; where that is not found either, the address may lack its path, often /v1",
    QuotaUsedUpError: "the account at {server} is used up ({why}): add to it, then go on",
    PromptTooLongError: "the prompt does not fit into the context of {model!r} at {server} "
    f"({{why}}): serve it with more ({MORE_ROOM}), or take another model",
    RedirectedError: "{server} sends calls elsewhere ({why}): name that address, if it is right",
    RequestRefusedError: "{server} refuses what {model!r} is asked ({why}): another model or "
    "server may take it",
}
LASTING_BY_NAME: Mapping[type[CallError], str] = {
    AccessRefusedError: "{server} refuses {model!r} ({why}): set the key of its package anew",
    UnknownModelError: "{server} has no model {model!r} ({why}): see what it calls its models",
}
NO_KEY = (
    f"{{server}} wants a key ({{why}}): set {OTHER_KEY}; {OPENAI_KEY} is sent to no address but "
    "OpenAI's own and that of OPENAI_BASE_URL"
)
GIVEN_UP = "{server} failed {times}, in the end because {why}{wait}: once it answers, go on"
WAIT = " (and it is to be left alone for {seconds:.0f} s)"
HELD_OFF = (
    "{server} refuses everybody for now, and is to be left alone for {seconds:.0f} s more, which "
    "is longer than a call waits: go on later"
)
NOT_THERE = "{server} cannot be reached ({why}): is it running, and is the address right?"


def lasting(failure: Failure, model: str, server: Server) -> CallError:
    """A failure that a retry would not mend."""
    kind = failure.lasting or CallError
    if kind is AccessRefusedError and not server.key_from:
        words = NO_KEY if server.is_address else LASTING_BY_NAME[kind]
    elif kind is UnknownModelError and not server.is_address:
        words = LASTING_BY_NAME[kind]
    else:
        words = LASTING[kind]
    named = {"server": server.address, "key": server.key_from, "model": model, "why": failure.why}
    return kind(words.format(**named))


def held_off(seconds: float, server: Server) -> CallError:
    """No request is sent, for the server wants none for longer than the call may take."""
    return ServerFailedError(HELD_OFF.format(server=server.address, seconds=seconds))


def given_up(failure: Failure, failures: int, server: Server, answers: bool) -> CallError:
    """The last of all attempts has failed; a server that never answered may not be there."""
    words = NOT_THERE if failure.unreachable and not answers else GIVEN_UP
    times = {1: "once", 2: "twice"}.get(failures, f"{failures} times")
    wait = WAIT.format(seconds=failure.wait) if failure.wait >= 1 else ""
    named = {"server": server.address, "why": failure.why, "times": times, "wait": wait}
    return ServerFailedError(words.format(**named))
