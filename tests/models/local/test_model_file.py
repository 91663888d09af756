"""What a name like `local:FILE.gguf` means, and which files are refused before they are loaded."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest

from models import ModelError, ModelSpec, Tokens, connect, exact_name, read_prices
from models.local.model_file import DEFAULT_MODEL
from tests.models.local.gguf_files import chatting, weights, write_gguf


def refused(name: str) -> str:
    with pytest.raises(ModelError) as error:
        connect(ModelSpec(name))
    return str(error.value)


def test_the_exact_name_has_the_files_name_and_hash_wherever_it_lies(
    tiny: Path, tmp_path: Path
) -> None:
    name = exact_name(ModelSpec(f"local:{tiny}"))
    assert name.startswith("local:tiny.gguf@")
    copy = tmp_path / "tiny.gguf"
    copy.write_bytes(tiny.read_bytes())
    assert exact_name(ModelSpec(f"local:{copy}")) == name
    copy.write_bytes(tiny.read_bytes() + b"\0")
    assert exact_name(ModelSpec(f"local:{copy}")) != name


def test_a_local_model_costs_nothing(tiny: Path) -> None:
    price = read_prices().of(exact_name(ModelSpec(f"local:{tiny}")))
    assert price
    assert price.cost(Tokens(input=1000, output=1000)) == 0


def test_local_alone_is_a_small_model_of_the_hub() -> None:
    assert exact_name(ModelSpec("local")) == f"local:{DEFAULT_MODEL}"
    said = refused("local")
    assert "qwen2.5-1.5b-instruct-q4_k_m.gguf is missing and HF_HUB_OFFLINE forbids" in said


def test_the_environment_names_another_default(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_LOCAL_MODEL", str(tiny))
    assert exact_name(ModelSpec("local")) == exact_name(ModelSpec(f"local:{tiny}"))


@pytest.mark.parametrize(
    "name", ["local:absent.gguf", "local:Qwen/Qwen2.5", "local:~nobody/a.gguf"]
)
def test_a_file_that_is_not_there_is_refused_with_the_forms_of_names(name: str) -> None:
    said = refused(name)
    assert f"model {name!r}: no file" in said
    assert "local:OWNER/REPO/FILE.gguf from the Hugging Face hub" in said


def test_a_name_without_a_file_is_refused() -> None:
    assert "names no file" in refused("local:")


def test_a_mistyped_kind_is_told() -> None:
    assert "did you mean 'local'?" in refused("locl:model.gguf")


def test_without_the_extra_the_install_command_is_told(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = importlib.util.find_spec

    def find_spec(name: str, *rest: Any) -> Any:
        return None if name == "xllamacpp" else found(name, *rest)

    monkeypatch.setattr(importlib.util, "find_spec", find_spec)
    assert "needs the extra 'local'" in refused(f"local:{tiny}")
    assert "-m pip install -e '.[local]'" in refused(f"local:{tiny}")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"tokenizer__chat_template": None}, "has no chat template"),
        ({"split__count": 3}, "is one of 3 parts: merge them"),
    ],
)
def test_a_model_that_cannot_chat_is_refused(
    changes: dict[str, Any], why: str, tmp_path: Path
) -> None:
    path = write_gguf(tmp_path / "base.gguf", chatting(**changes), weights())
    assert why in refused(f"local:{path}")


def test_a_truncated_file_is_refused(tiny: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(tiny.read_bytes()[:50_000])
    assert "is cut off" in refused(f"local:{path}")
