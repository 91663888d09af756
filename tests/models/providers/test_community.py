"""Chat models of langchain-community by class name, and its keyword search."""

import asyncio
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from models import ModelError, ModelSpec, ReplyTokens, ServerFailedError, connect
from models.providers import community
from models.reply_length import STOP
from tests.models.conftest import ask
from tests.models.providers.conftest import hurried
from tests.servers.failing_server import FailingServer

REPLY = "recommend[Braid]"


class Llama:
    """llama-cpp-python's interface, as far as ChatLlamaCpp uses it; no two calls at once."""

    made: list["Llama"]

    def __init__(self, path: str, **options: Any) -> None:
        if b"GGUF" not in Path(path).read_bytes():
            raise ValueError("Failed to load model from file")
        self.options, self.asked = options, list[dict[str, Any]]()
        self.busy = threading.Lock()
        self.made.append(self)

    def create_chat_completion(self, messages: Any, **options: Any) -> Iterator[dict[str, Any]]:
        assert self.busy.acquire(blocking=False)
        self.asked.append(options)
        time.sleep(0.01)
        for piece in (REPLY[:9], REPLY[9:]):
            delta = {"role": "assistant", "content": piece}
            yield {"choices": [{"index": 0, "delta": delta, "finish_reason": None}]}
        yield {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        self.busy.release()


@pytest.fixture
def llamas(monkeypatch: pytest.MonkeyPatch) -> list[Llama]:
    """The llama.cpp models that were loaded."""
    package: Any = ModuleType("llama_cpp")
    package.Llama, package.LlamaGrammar = Llama, object
    monkeypatch.setitem(sys.modules, "llama_cpp", package)
    monkeypatch.setattr(Llama, "made", [], raising=False)
    community._llama.cache_clear()
    return Llama.made


@pytest.fixture
def gguf(tmp_path: Path) -> str:
    path = tmp_path / "a:b.gguf"
    path.write_bytes(b"GGUF")
    return f"community:ChatLlamaCpp:{path}"


async def test_llama_cpp_is_asked_within_the_bounds_of_the_role(
    gguf: str, llamas: list[Llama]
) -> None:
    bounds = ReplyTokens(critic=13)
    spec = ModelSpec(gguf, seed=5, temperature=0.25, reply_tokens=bounds)
    assert (await ask(connect(spec), role="critic")).text == REPLY
    [llama] = llamas
    [asked] = llama.asked
    assert (asked["max_tokens"], asked["temperature"]) == (13, 0.25)
    assert tuple(asked["stop"]) == STOP
    assert llama.options["n_ctx"] == 8192


async def test_a_model_file_is_loaded_once_and_asked_one_call_at_a_time(
    gguf: str, llamas: list[Llama]
) -> None:
    calls = [connect(ModelSpec(gguf, epoch=epoch)) for epoch in range(3)]
    replies = await asyncio.gather(*(ask(call) for call in calls * 2))
    assert {reply.text for reply in replies} == {REPLY}
    assert [len(llama.asked) for llama in llamas] == [6]


def test_a_file_that_is_no_model_is_refused(tmp_path: Path, llamas: list[Llama]) -> None:
    (tmp_path / "x.gguf").write_text("no model", encoding="utf-8")
    with pytest.raises(ModelError, match="Could not load Llama model"):
        connect(ModelSpec(f"community:ChatLlamaCpp:{tmp_path / 'x.gguf'}"))
    with pytest.raises(ModelError, match=r"y\.gguf is not there"):
        connect(ModelSpec(f"community:ChatLlamaCpp:{tmp_path / 'y.gguf'}"))
    assert llamas == []


def test_llama_cpp_that_is_missing_is_named_with_its_command(
    gguf: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    community._llama.cache_clear()
    with pytest.raises(ModelError, match=r"give .* -m pip install llama-cpp-python"):
        connect(ModelSpec(gguf))


@pytest.fixture
def zhipu(failing: FailingServer, monkeypatch: pytest.MonkeyPatch) -> FailingServer:
    """A server that ChatZhipuAI finds in the environment, and that speaks as OpenAI does."""
    monkeypatch.setenv("ZHIPUAI_API_BASE", f"{failing.address}/chat/completions")
    monkeypatch.setenv("ZHIPUAI_API_KEY", "someone.secret-of-zhipu-0123456789-0123456789")
    return failing


async def test_a_class_asks_its_own_server_within_the_bounds_of_the_role(
    zhipu: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openais-own")
    bounds = ReplyTokens(actor=12)
    spec = ModelSpec("community:ChatZhipuAI:glm-x", temperature=0.25, reply_tokens=bounds)
    assert (await ask(connect(spec))).text.startswith("recommend[")
    [asked], [headers] = zhipu.asked, zhipu.headers
    assert (asked["model"], asked["max_tokens"], asked["temperature"]) == ("glm-x", 12, 0.25)
    assert tuple(asked["stop"]) == STOP
    assert "sk-openais-own" not in str(headers)


async def test_its_failures_are_retried_and_told(zhipu: FailingServer) -> None:
    zhipu.kinds.extend(["503", "429", ""])
    spec = ModelSpec("community:ChatZhipuAI:glm-x")
    zhipu.retry_after = "0"
    assert (await ask(hurried(spec))).text.startswith("recommend[")
    assert len(zhipu.asked) == 3
    zhipu.kinds.extend(["500"] * 9)
    with pytest.raises(ServerFailedError, match=r"ChatZhipuAI failed twice, .* because 500: "):
        await ask(hurried(spec, attempts=2))


def test_openais_key_goes_to_no_class(
    zhipu: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk.openais-own")
    monkeypatch.setenv("ZHIPUAI_API_KEY", "sk.openais-own")
    with pytest.raises(ModelError, match="would take OPENAI_API_KEY"):
        connect(ModelSpec("community:ChatZhipuAI:glm-x"))


@pytest.mark.parametrize(
    ("name", "url", "told"),
    [
        ("ChatLlamaCp:x", None, "has no chat model 'ChatLlamaCp': did you mean 'ChatLlamaCpp'"),
        ("FakeListChatModel", None, "responses: Field required"),
        ("FakeListChatModel:x", None, "takes no name of a model"),
        ("ChatZhipuAI:x", "http://h/v1", "takes no base_url"),
        ("ChatZhipuAI:glm-x", None, "ZHIPUAI_API_KEY"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(name: str, url: str | None, told: str) -> None:
    with pytest.raises(ModelError, match=told) as caught:
        connect(ModelSpec(f"community:{name}", url))
    assert "\n" not in str(caught.value)


def test_the_package_that_is_missing_is_named_with_its_command(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "langchain_community.chat_models", None)
    with pytest.raises(ModelError, match=r"extra 'community': .*pip install -e '.\[community\]'"):
        connect(ModelSpec("community:ChatLlamaCpp:x.gguf"))
    monkeypatch.setitem(sys.modules, "langchain_community.retrievers", None)
    with pytest.raises(ModelError, match="keyword search needs the extra 'community'"):
        community.keyword_search(["Braid"], 1)


def test_keywords_find_the_text_that_shares_most_words() -> None:
    texts = ["Braid (Puzzle)", "Quake III (Action)", "Limbo (Puzzle, Adventure)", "Fez (Puzzle)"]
    search = community.keyword_search(texts, 2)
    assert search("something like QUAKE, iii") == [1]
    assert search("adventure, or another puzzle")[0] == 2
    assert search("nothing of the kind") == []
