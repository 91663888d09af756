"""A chat model or chat call that the user's own code makes: `import:package.module:factory`."""

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from models.call import OWN_FORM, ChatCall, Reply, is_chat_call
from models.errors import ModelError
from models.failures import one_line
from models.form import FREE, Form
from models.roles import Role
from models.spec import ModelSpec

FORM = "import:package.module:factory"


def own_model(place: str, spec: ModelSpec) -> BaseChatModel | ChatCall:
    """What the factory returns; one with a parameter is given the spec."""
    factory = _factory(place, spec)
    arguments = [spec] if _wants_spec(factory, place) else []
    try:
        made = factory(*arguments)
    except Exception as error:
        told = one_line(f"{type(error).__name__}: {error}")
        raise ModelError(f"model {spec.name!r}: its factory failed ({told})") from error
    if isinstance(made, BaseChatModel):
        return made
    if is_chat_call(made):
        return _checked(made, spec)
    raise ModelError(
        f"model {spec.name!r}: its factory returned {type(made).__name__}: it must return "
        f"{OWN_FORM}"
    )


def _factory(place: str, spec: ModelSpec) -> Callable[..., Any]:
    module_name, _, name = place.partition(":")
    parts = [*module_name.split("."), name]
    if not all(part.isidentifier() for part in parts):
        raise ModelError(f"model {spec.name!r} is not of the form {FORM}")
    if parts[0] in sys.stdlib_module_names:
        raise ModelError(f"model {spec.name!r}: no module of the standard library makes models")
    try:
        module = importlib.import_module(module_name)
    except Exception as error:
        told = one_line(f"{type(error).__name__}: {error}")
        where = "; PYTHONPATH names the folders to look in" * isinstance(error, ImportError)
        raise ModelError(f"model {spec.name!r}: its module failed ({told}){where}") from error
    factory: Callable[..., Any] | None = getattr(module, name, None)
    if callable(factory):
        return factory
    close = get_close_matches(name, [one for one in vars(module) if one[0] != "_"], n=1)
    hint = f": did you mean {close[0]!r}?" if close and close[0] != name else ""
    what = "has no" if factory is None else "cannot call its"
    raise ModelError(f"model {spec.name!r}: {module_name} {what} {name!r}{hint}")


def _wants_spec(factory: Callable[..., Any], place: str) -> bool:
    """Whether one argument must be given."""
    parameters = inspect.signature(factory).parameters.values()
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    needed = [one for one in parameters if one.default is one.empty and one.kind not in variadic]
    if len(needed) > 1 or any(one.kind is one.KEYWORD_ONLY for one in needed):
        names = ", ".join(one.name for one in needed)
        raise ModelError(
            f"factory {place!r} wants {names}: it is called without arguments, or with the "
            "ModelSpec alone"
        )
    return bool(needed)


def _checked(call: ChatCall, spec: ModelSpec) -> ChatCall:
    async def ask(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        reply: Any = await call(role, messages, form)
        if not isinstance(reply, Reply):
            kind = type(reply).__name__
            raise ModelError(f"model {spec.name!r} answered with {kind}: it must be a models.Reply")
        return reply

    return ask
