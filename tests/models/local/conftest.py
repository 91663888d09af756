"""A tiny model that llama.cpp runs, and a home of its own for what is downloaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from models.local import engine_process
from tests.models.local.gguf_files import chatting, weights, write_gguf


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tiny model's file, and no engine for it once the module's tests have ended."""
    path = write_gguf(tmp_path_factory.mktemp("model") / "tiny.gguf", chatting(), weights())
    yield path
    engine_process.forget(path)
