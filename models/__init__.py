"""The models: a chat model from a name, and two that need no network."""

from models.chat import ModelSpec, chat_model
from models.errors import ModelError
from models.offline import OfflineChatModel
from models.prompt import LABELS, ROLES, Role, prompt_text, role_of
from models.scripted import ScriptedChatModel, read_script

__all__ = [
    "LABELS",
    "ROLES",
    "ModelError",
    "ModelSpec",
    "OfflineChatModel",
    "Role",
    "ScriptedChatModel",
    "chat_model",
    "prompt_text",
    "read_script",
    "role_of",
]
