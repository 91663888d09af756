"""What langchain-community is the best home of: its chat models by class name, and BM25."""

import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from models.errors import ModelError, install_command
from models.providers.langchain_chat import Asked
from models.providers.making import errors_in_one_line, keep_openais_own, own_server, takes
from models.spec import ModelSpec

LLAMA = "ChatLlamaCpp"
LLAMA_OPTIONS: Any = {"n_ctx": 8192, "n_batch": 512, "verbose": False}  # by default 512, 8 and true
MODEL_OPTIONS = ("model", "model_name", "model_id", "model_path", "endpoint")
WORDS = re.compile(r"\w+")


def community_model(name: str, spec: ModelSpec) -> Asked:
    """The chat model of `CLASS` or `CLASS:MODEL`.

    Classes get no base_url: some take one and ask their usual server nevertheless.
    """
    class_name, _, model_name = name.partition(":")
    kind = _chat_class(class_name, spec)
    options = dict[str, Any]()
    if class_name == LLAMA:
        if not Path(model_name).is_file():
            raise ModelError(f"model {spec.name!r}: {model_name or 'a GGUF file'} is not there")
        with errors_in_one_line(spec):
            model = _llama(kind, str(Path(model_name).resolve()))
        return Asked(model, own_server(class_name, model, spec), worker=_llama_worker())
    if spec.base_url:
        raise ModelError(
            f"model {spec.name!r} takes no base_url: leave it out; {class_name} may read its "
            "server's address from the environment"
        )
    if model_name:
        option = next((one for one in MODEL_OPTIONS if takes(kind, one)), None)
        if option is None:
            raise ModelError(f"model {spec.name!r}: {class_name} takes no name of a model")
        options[option] = model_name
    if takes(kind, "max_retries"):
        options["max_retries"] = 0  # models.retry does that
    with errors_in_one_line(spec):
        model = kind(**options)
    keep_openais_own(model, spec)
    return Asked(model, own_server(class_name, model, spec))


def keyword_search(texts: Sequence[str], results: int) -> Callable[[str], list[int]]:
    """BM25 over these texts: from a query to the places of the texts that share most with it."""
    retriever = _community("retrievers", "keyword search").BM25Retriever
    try:
        found = retriever.from_texts(
            texts,
            metadatas=[{"place": place} for place in range(len(texts))],
            preprocess_func=_words,
            k=results,
        )
    except ImportError as error:
        raise _missing("keyword search") from error

    def search(query: str) -> list[int]:
        asked, documents = {*_words(query)}, found.invoke(query)
        shared = [one for one in documents if not asked.isdisjoint(_words(one.page_content))]
        return [document.metadata["place"] for document in shared]

    return search


def _chat_class(name: str, spec: ModelSpec) -> type[BaseChatModel]:
    classes = _community("chat_models", f"model {spec.name!r}")
    if name in classes.__all__:
        with errors_in_one_line(spec):
            kind: type[BaseChatModel] = getattr(classes, name)
        return kind
    close = get_close_matches(name, classes.__all__, n=1)
    hint = f"did you mean {close[0]!r}?" if close else f"{LLAMA} is one"
    raise ModelError(f"model {spec.name!r}: langchain-community has no chat model {name!r}: {hint}")


def _community(module: str, wanted: str) -> Any:
    try:
        return import_module(f"langchain_community.{module}")
    except ImportError as error:
        raise _missing(wanted) from error


def _missing(wanted: str) -> ModelError:
    return ModelError(
        f"{wanted} needs the extra 'community': in the clone, give "
        f"{install_command('-e', '.[community]')}"
    )


@lru_cache(maxsize=1)
def _llama(kind: type[BaseChatModel], path: str) -> BaseChatModel:
    """A model file, loaded once for all who ask it."""
    return kind(**{"model_path": path, **LLAMA_OPTIONS})


@cache
def _llama_worker() -> ThreadPoolExecutor:
    """The one thread in which llama.cpp computes: its contexts cannot be shared."""
    return ThreadPoolExecutor(1, "llama.cpp")


def _words(text: str) -> list[str]:
    return WORDS.findall(text.lower())
