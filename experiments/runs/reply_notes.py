"""How a run asks for replies, where that is not the default, in words."""

from collections.abc import Iterator

from experiments.runs.settings import RunSettings
from models import ROLES, ReplyTokens


def reply_notes(settings: RunSettings) -> str:
    """What differs from the defaults; nothing of a run that asks no chat model."""
    asks = any(one.kind == "llm" for one in settings.variants)
    return ", ".join(_notes(settings)) if asks else ""


def _notes(settings: RunSettings) -> Iterator[str]:
    if settings.choose == "title":
        yield "items chosen by title"
    if not settings.structured:
        yield "numbers without a JSON schema"
    if settings.thinking is not None:
        yield f"thinking {'on' if settings.thinking else 'off'}"
    usual = ReplyTokens()
    for role in ROLES:
        if (tokens := settings.reply_tokens.of(role)) != usual.of(role):
            yield f"{role} at most {tokens:,} tokens"
