"""How much memory is free, and that a model which needs more is refused before it is loaded."""

from pathlib import Path

import pytest

from models import ModelError, ModelSpec, connect
from models.local import engine_process, memory
from models.local.engine_process import EngineSize, check_memory
from models.local.model_file import open_model
from tests.models.local.gguf_files import chatting, weights, write_gguf


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with 4 GB free, in no container."""
    (tmp_path / "meminfo").write_text("MemTotal: 8000000 kB\nMemAvailable:    4000000 kB\n")
    monkeypatch.setattr(memory, "MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "CONTAINER", tmp_path)
    return tmp_path


def test_the_system_says_what_is_available(machine: Path) -> None:
    assert memory.available_memory() == 4_000_000 * 1024


def test_a_container_may_have_less_and_its_page_cache_counts_as_free(machine: Path) -> None:
    (machine / "memory.max").write_text("1000\n")
    (machine / "memory.current").write_text("700\n")
    (machine / "memory.stat").write_text("anon 500\ninactive_file 200\n")
    assert memory.available_memory() == 500


def test_a_container_without_a_limit_bounds_nothing(machine: Path) -> None:
    (machine / "memory.max").write_text("max\n")
    assert memory.available_memory() == 4_000_000 * 1024


def test_a_model_that_does_not_fit_is_refused_before_it_is_loaded(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_process, "available_memory", lambda: 250 << 20)
    with pytest.raises(ModelError, match=r"about 271 MB of memory .* and 262 MB are free") as no:
        connect(ModelSpec(f"local:{tiny}"))
    assert "BILLP_LOCAL_SLOTS=1" in str(no.value)


def test_the_context_of_all_slots_is_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wide = {"llama__block_count": 80, "llama__embedding_length": 8192}
    path = write_gguf(tmp_path / "wide.gguf", chatting(**wide), weights())
    model = open_model(f"local:{path}")
    monkeypatch.setattr(engine_process, "available_memory", lambda: 20 << 30)
    check_memory(model, EngineSize.wanted(model, 1))
    with pytest.raises(ModelError, match=r"42\.9 GB for 4 x 4096 tokens"):
        check_memory(model, EngineSize.wanted(model, 4))


def test_size_follows_concurrency_the_environment_and_the_models_own_context(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = open_model(f"local:{tiny}")
    assert EngineSize.wanted(model, 6) == EngineSize(6, 4096)
    monkeypatch.setenv("BILLP_LOCAL_SLOTS", "2")
    monkeypatch.setenv("BILLP_LOCAL_CONTEXT", "1000")
    assert EngineSize.wanted(model, 6) == EngineSize(2, 1000)
    monkeypatch.setenv("BILLP_LOCAL_SLOTS", "many")
    with pytest.raises(ModelError, match="BILLP_LOCAL_SLOTS must be a number above 0"):
        EngineSize.wanted(model, 6)
