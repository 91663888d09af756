"""Chat models: a chat call from a model's name, two models that need no network, and costs."""

from models.call import ChatCall, Reply, from_chat_model, register_model
from models.connect import connect
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
from models.form import FREE, Form, FormField
from models.ledger import Ledger, Limits, Totals
from models.prices import Price, Prices, read_prices
from models.providers.community import keyword_search
from models.reply_cache import ReplyCache
from models.reply_length import THOUGHTS, ReplyTokens, room_after
from models.roles import LABELS, ROLES, Role, prompt_text
from models.spec import ModelSpec, exact_name
from models.stand_ins.offline import OfflineChatModel
from models.stand_ins.scripted import ScriptedChatModel
from models.tokens import Tokens
