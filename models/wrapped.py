"""A chat model around another."""

from typing import Any, Self

from langchain_core.callbacks import AsyncCallbackManagerForLLMRun, CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.language_models.base import LangSmithParams
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatResult
from pydantic import model_validator


class WrappedChatModel(BaseChatModel):
    """Passes everything on; to callbacks and traces it looks as the model inside does.

    The inner model is given the run of the call, and so streams into it: who watches sees one call
    and its tokens, not a call within a call.
    """

    inner: BaseChatModel

    @model_validator(mode="after")
    def _watched_as_inner(self) -> Self:
        self.callbacks, self.verbose = self.inner.callbacks, self.inner.verbose
        self.tags, self.metadata = self.inner.tags, self.inner.metadata
        self.cache = False  # LangChain's own, if any, is looked up by the model inside
        return self

    @property
    def _llm_type(self) -> str:
        return self.inner._llm_type

    @property
    def _identifying_params(self) -> Any:
        return self.inner._identifying_params

    @property
    def _serialized(self) -> dict[str, Any]:
        return self.inner._serialized

    def _get_invocation_params(self, stop: list[str] | None = None, **more: Any) -> dict[str, Any]:
        return self.inner._get_invocation_params(stop, **more)

    def _get_ls_params(self, stop: list[str] | None = None, **more: Any) -> LangSmithParams:
        return self.inner._get_ls_params(stop, **more)

    def _combine_llm_outputs(self, outputs: list[dict[str, Any] | None], /) -> dict[str, Any]:
        return self.inner._combine_llm_outputs(outputs)

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return self.inner._generate_with_cache(messages, stop, run_manager, **kwargs)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: AsyncCallbackManagerForLLMRun | None = None,
        **kwargs: Any,
    ) -> ChatResult:
        return await self.inner._agenerate_with_cache(messages, stop, run_manager, **kwargs)
