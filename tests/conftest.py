"""What all tests share: nobody's keys and settings, one embedding model, memories that vanish."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from stores import Memories, SentenceEmbedder

OF_A_MACHINE = (
    "BILLP_",
    "OPENAI_",
    "ANTHROPIC_",
    "AZURE_OPENAI_",
    "OLLAMA_",
    "ZHIPUAI_",
    "LANGGRAPH_",
)
for name in [*os.environ]:
    if name.startswith(OF_A_MACHINE):
        del os.environ[name]

HOME = tempfile.mkdtemp(prefix="billp-tests-")
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
os.environ["BILLP_HOME"] = HOME
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ.pop("COLUMNS", None)  # which xdist sets to 80; tables are as wide as in a pipe
settings.register_profile("billp", deadline=None)
settings.register_profile("fast", deadline=None, max_examples=20)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "billp"))

REFERENCE = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole programs first: what takes longest does not keep everybody waiting at the end."""
    items.sort(key=lambda item: item.get_closest_marker("system") is None)


@pytest.fixture(scope="session")
def embedder() -> SentenceEmbedder:
    """The real embedding model, loaded once."""
    return SentenceEmbedder()


@pytest.fixture
def memories(embedder: SentenceEmbedder) -> Iterator[Memories]:
    """Empty memories in Chroma, in this process."""
    memories = Memories.in_memory(embedder)
    yield memories
    memories.close()


@pytest.fixture(scope="session")
def reference() -> Path:
    """Real logs, catalogues and recorded replies; a user's machine has none."""
    if not REFERENCE.is_dir():
        pytest.skip(f"reference data is not at {REFERENCE}")
    return REFERENCE
