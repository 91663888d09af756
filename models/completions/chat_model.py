"""A LangChain chat model that speaks OpenAI's interface itself, at a tenth of the SDK's cost."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from langchain_core.globals import get_llm_cache
from langchain_core.language_models import BaseChatModel, LangSmithParams
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.runnables.config import ensure_config, get_async_callback_manager_for_config
from pydantic import Field

from models.call import Reply, invoke
from models.completions.connection import Connection, pieces, whole
from models.completions.wire import PROVIDER, chunks, completion, messages_as_json
from models.roles import Role
from models.tokens import tokens_of

Body = Mapping[str, Any]  # what a request says beside the model and the messages
STREAM_OPTIONS = "stream_options"


class CompletionsModel(BaseChatModel):
    """Asks one model on one server; a request's options come as `body`, asynchronously only."""

    model_name: str
    connection: Connection = Field(repr=False, exclude=True)

    @property
    def _llm_type(self) -> str:
        return "chat-completions"

    @property
    def _identifying_params(self) -> Body:
        return {"model_name": self.model_name}

    async def ask(self, role: Role, messages: Sequence[BaseMessage], body: Body) -> Reply:
        """The reply; LangChain's layer is left out where no callback, tracer or cache is active."""
        if get_async_callback_manager_for_config(ensure_config()).handlers or get_llm_cache():
            return await invoke(self, role, messages, body=body)
        message = await self._complete(messages, body)
        return Reply(message, tokens_of(messages, message))

    async def _complete(self, messages: Sequence[BaseMessage], body: Body) -> AIMessage:
        sent = {name: value for name, value in body.items() if name != STREAM_OPTIONS}
        async with self.connection.reply(self._request(messages, sent)) as response:
            return completion(await whole(response), self.model_name)

    async def _agenerate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **options: Any,
    ) -> ChatResult:
        message = await self._complete(messages, options["body"])
        told = {name: message.response_metadata[name] for name in ("token_usage", "model_name")}
        return ChatResult(generations=[ChatGeneration(message=message)], llm_output=told)

    async def _astream(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: Any = None,
        **options: Any,
    ) -> AsyncIterator[ChatGenerationChunk]:
        request = self._request(messages, {**options["body"], "stream": True})
        async with self.connection.reply(request) as response:
            async for message in chunks(pieces(response)):
                yield ChatGenerationChunk(message=message)

    def _request(self, messages: Sequence[BaseMessage], body: Body) -> dict[str, Any]:
        said = messages_as_json(self.model_name, messages)
        return {"model": self.model_name, "messages": said, **body}

    def _generate(self, messages: list[BaseMessage], *told: Any, **more: Any) -> ChatResult:
        raise NotImplementedError("this model answers asynchronously only: await ainvoke")

    def _get_ls_params(self, stop: list[str] | None = None, **told: Any) -> LangSmithParams:
        found = super()._get_ls_params(stop=stop, **told)
        found["ls_provider"] = PROVIDER
        if (temperature := told.get("body", {}).get("temperature")) is not None:
            found["ls_temperature"] = temperature
        return found
