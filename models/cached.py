"""The cache of chat calls: the same messages to the same model get the same reply."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from langchain_core.messages import AIMessage, BaseMessage

from models.call import ChatCall, Reply
from models.form import FREE, Form
from models.reply_cache import ReplyCache
from models.roles import Role
from models.spec import ModelSpec, exact_name
from models.tokens import tokens_of

STORED = ("content", "additional_kwargs", "response_metadata", "usage_metadata")


def cached(call: ChatCall, spec: ModelSpec, cache: ReplyCache) -> ChatCall:
    """Returns a stored reply with the usage of its time; a blank reply is not stored."""
    parameters = _parameters(spec)

    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        key = _key(parameters, messages, form)
        async with cache.exclusive(key):
            stored = await cache.find(key)
            if stored is None:
                reply = await call(role, messages, form)
                if not reply.text.strip():
                    return reply
                kept = {name: getattr(reply.message, name, None) for name in STORED}
                written = json.dumps(kept, default=repr)
                stored = await cache.keep(key, written)
                if stored == written:
                    return reply
        message = _read(cache, stored)
        return Reply(message, tokens_of(messages, message))

    return ask


def _parameters(spec: ModelSpec) -> dict[str, Any]:
    """What makes two models answer differently: the exact name, with its server, and settings."""
    found = {**asdict(spec), "name": exact_name(spec), "temperature": float(spec.temperature)}
    del found["base_url"]  # part of the exact name, without any key that may stand in it
    return found


def _key(parameters: Mapping[str, Any], messages: Sequence[BaseMessage], form: Form) -> str:
    """A hash of the request, from which nothing of the prompt can be read."""
    said = [[message.type, message.content] for message in messages]
    request = {**parameters, "messages": said, "form": asdict(form)}
    text = json.dumps(request, sort_keys=True, default=repr)
    return hashlib.sha256(text.encode()).hexdigest()


def _read(cache: ReplyCache, text: str) -> AIMessage:
    try:
        return AIMessage(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise cache.damaged("a reply in it cannot be read") from error
