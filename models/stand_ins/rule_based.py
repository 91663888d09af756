"""Chat models that need no server: LangChain's interface around one function of role and prompt."""

from abc import abstractmethod
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.messages.ai import UsageMetadata
from langchain_core.outputs import ChatGeneration, ChatResult

from models.errors import ModelError
from models.roles import ROLES, Role, prompt_text
from models.tokens import estimate


class RuleBasedChatModel(BaseChatModel):
    """Reads the role from the metadata of the run, where `from_chat_model` puts it."""

    model_name: str

    @abstractmethod
    def answer(self, role: Role, prompt: str) -> str:
        """What the role says to a prompt."""

    @property
    def _llm_type(self) -> str:
        return f"billp-{self.model_name.partition(':')[0]}"

    @property
    def _identifying_params(self) -> dict[str, Any]:
        return self.model_dump(include={"model_name", "seed"})

    def _generate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        named = run_manager.metadata.get("role") if run_manager else None
        role = next((role for role in ROLES if role == named), None)
        if role is None:
            raise ModelError(f"{self.model_name!r} is asked in no role: use models.from_chat_model")
        prompt = prompt_text(messages)
        return result(prompt, self.answer(role, prompt))

    async def _agenerate(
        self, messages: list[BaseMessage], stop: Any = None, run_manager: Any = None, **_: Any
    ) -> ChatResult:
        return self._generate(messages, stop, run_manager)  # a millisecond of rules: no thread


def result(prompt: str, reply: str) -> ChatResult:
    """A reply with tokens estimated from its length."""
    sent, received = estimate(len(prompt)), estimate(len(reply))
    usage = UsageMetadata(input_tokens=sent, output_tokens=received, total_tokens=sent + received)
    message = AIMessage(reply, usage_metadata=usage)
    return ChatResult(generations=[ChatGeneration(message=message)])
