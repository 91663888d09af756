"""Messages and completions as OpenAI's interface writes them in JSON."""

import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage
from langchain_core.messages.ai import InputTokenDetails, OutputTokenDetails, UsageMetadata

from models.failures import MalformedReplyError

ROLES = {"system": "system", "human": "user", "ai": "assistant"}
DEVELOPER = re.compile(r"o\d")  # models that call the system message the developer's
PROVIDER = "openai"  # by which LangChain knows the format of replies
DONE = "[DONE]"


class NoCompletionError(ValueError):
    """Something else than a chat completion; `body` is what."""

    def __init__(self, body: object) -> None:
        super().__init__(str(body))
        self.body = body


def messages_as_json(model: str, messages: Sequence[BaseMessage]) -> list[dict[str, Any]]:
    """The conversation of a request."""
    system = "developer" if DEVELOPER.match(model) else "system"
    roles = {**ROLES, "system": system}
    return [{"role": roles[said.type], "content": said.content} for said in messages]


def completion(text: bytes, model: str) -> AIMessage:
    """The message of a whole reply."""
    try:
        said = json.loads(text)
    except ValueError:
        raise NoCompletionError(text.decode(errors="replace")[:1000]) from None
    choice = _choice(said)
    if choice is None:
        raise MalformedReplyError("its answer holds no choices")
    message = _mapping(choice.get("message"))
    usage = said.get("usage")
    kept = ("system_fingerprint", "id", "service_tier")
    return AIMessage(
        content=message.get("content") or "",
        additional_kwargs={"refusal": message.get("refusal")},
        response_metadata={
            "token_usage": usage,
            "model_provider": PROVIDER,
            "model_name": said.get("model") or model,
            **{name: said[name] for name in kept if said.get(name)},
            "finish_reason": choice.get("finish_reason"),
            "logprobs": choice.get("logprobs"),
        },
        usage_metadata=usage_of(usage),
    )


async def chunks(body: AsyncIterator[bytes]) -> AsyncIterator[AIMessageChunk]:
    """The pieces of a streamed reply."""
    any_came = False
    async for data in events(body):
        any_came = True
        yield _chunk(json.loads(data))
    if not any_came:
        raise NoCompletionError("a stream without events")


async def events(body: AsyncIterator[bytes]) -> AsyncIterator[str]:
    """The data of server-sent events, up to the one that says it is the last."""
    rest, data = b"", list[str]()
    async for piece in body:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            name, _, value = line.decode(errors="replace").rstrip("\r").partition(":")
            if name == "data":
                data.append(value.removeprefix(" "))
            elif not name and not value and data:
                event, data = "\n".join(data), []
                if event.startswith(DONE):
                    return
                yield event


def _chunk(said: Any) -> AIMessageChunk:
    choice, usage = _choice(said), usage_of(said.get("usage"))
    if choice is None:
        return AIMessageChunk(content="", usage_metadata=usage)
    delta = _mapping(choice.get("delta"))
    told: dict[str, Any] = {"model_provider": PROVIDER}
    if reason := choice.get("finish_reason"):
        names = {"model_name": "model", "system_fingerprint": "system_fingerprint"}
        told |= {name: said[there] for name, there in names.items() if said.get(there)}
        told["finish_reason"] = reason
    refusal = delta.get("refusal")
    return AIMessageChunk(
        content=delta.get("content") or "",
        additional_kwargs={"refusal": refusal} if refusal else {},
        response_metadata=told,
        usage_metadata=usage,
    )


def _choice(said: Any) -> Mapping[str, Any] | None:
    """The first choice, if there is one; some servers report errors with a status of success."""
    found = _mapping(said)
    if error := found.get("error"):
        raise NoCompletionError(error)
    choices = found.get("choices") or []
    return _mapping(choices[0]) if isinstance(choices, list) and choices else None


def _mapping(found: Any) -> Mapping[str, Any]:
    if found is None:
        return {}
    if not isinstance(found, Mapping):
        raise NoCompletionError(str(found)[:1000])
    return found


def usage_of(usage: Any) -> UsageMetadata | None:
    """The tokens of a call as LangChain counts them, without what the server does not tell."""
    if not isinstance(usage, Mapping):
        return None
    sent, received = usage.get("prompt_tokens") or 0, usage.get("completion_tokens") or 0
    given, made = (
        usage.get(name) or {} for name in ("prompt_tokens_details", "completion_tokens_details")
    )
    read, thought = given.get("cached_tokens"), made.get("reasoning_tokens")
    return UsageMetadata(
        input_tokens=sent,
        output_tokens=received,
        total_tokens=usage.get("total_tokens") or sent + received,
        input_token_details=InputTokenDetails()
        if read is None
        else InputTokenDetails(cache_read=read),
        output_token_details=(
            OutputTokenDetails() if thought is None else OutputTokenDetails(reasoning=thought)
        ),
    )
