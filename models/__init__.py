"""The models: a chat model from a name, two that need no network, and what calls cost."""

from models.cache import ReplyCache
from models.calls import Call, CallFile
from models.chat import chat_model
from models.dressed import dressed
from models.errors import (
    AccessRefusedError,
    CallError,
    LimitReachedError,
    ModelError,
    PromptTooLongError,
    QuotaUsedUpError,
    RedirectedError,
    RequestRefusedError,
    RunStoppedError,
    ServerFailedError,
    StoppedError,
    UnknownModelError,
)
from models.ledger import Ledger, Limits, Totals
from models.offline import OfflineChatModel
from models.prices import Price, Prices, read_prices
from models.prompt import LABELS, ROLES, Role, prompt_text, role_of
from models.scripted import ScriptedChatModel, read_script
from models.spec import ModelSpec, exact_name
from models.usage import Tokens, tokens_of

__all__ = [
    "LABELS",
    "ROLES",
    "AccessRefusedError",
    "Call",
    "CallError",
    "CallFile",
    "Ledger",
    "LimitReachedError",
    "Limits",
    "ModelError",
    "ModelSpec",
    "OfflineChatModel",
    "Price",
    "Prices",
    "PromptTooLongError",
    "QuotaUsedUpError",
    "RedirectedError",
    "ReplyCache",
    "RequestRefusedError",
    "Role",
    "RunStoppedError",
    "ScriptedChatModel",
    "ServerFailedError",
    "StoppedError",
    "Tokens",
    "Totals",
    "UnknownModelError",
    "chat_model",
    "dressed",
    "exact_name",
    "prompt_text",
    "read_prices",
    "read_script",
    "role_of",
    "tokens_of",
]
