"""Chat models by name."""

from pathlib import Path

import pytest
from langchain_openai import ChatOpenAI

from models import ModelError, ModelSpec, OfflineChatModel, ScriptedChatModel, chat_model
from models.patient import PatientChatModel
from tests.models.conftest import prompt_for


def test_offline_is_the_embedded_model_with_the_seed_of_the_spec() -> None:
    model = chat_model(ModelSpec("offline", seed=5))
    assert isinstance(model, OfflineChatModel)
    assert model.seed == 5


def test_scripted_reads_the_file_it_names(tmp_path: Path) -> None:
    script = tmp_path / "a:b.jsonl"
    script.write_text('{"role": "critic", "reply": "7"}\n', encoding="utf-8")
    model = chat_model(ModelSpec(f"scripted:{script}"))
    assert isinstance(model, ScriptedChatModel)
    assert model.invoke(prompt_for("critic")).text == "7"


def test_openai_is_asked_for_the_model_after_the_colon_with_the_settings_of_the_spec(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "key")
    model = chat_model(ModelSpec("openai:ft:gpt-x:me", temperature=0.2, seed=9))
    assert isinstance(model, PatientChatModel)
    asked = model.inner
    assert isinstance(asked, ChatOpenAI)
    assert (asked.model_name, asked.temperature, asked.seed) == ("ft:gpt-x:me", 0.2, 9)


@pytest.mark.parametrize("key", [None, ""])
def test_openai_without_a_key_names_the_variable_to_set(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError, match="'openai:gpt-x' needs a key: set OPENAI_API_KEY"):
        chat_model(ModelSpec("openai:gpt-x"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ofline", "did you mean 'offline'"),
        ("opnai:gpt-x", "did you mean 'openai'"),
        ("scriptd:replies.jsonl", "did you mean 'scripted'"),
        ("gpt-x", "use offline, openai:NAME, scripted:FILE"),
        ("openai:", "use offline, openai:NAME, scripted:FILE"),
        ("scripted:", "use offline, openai:NAME, scripted:FILE"),
        ("", "use offline, openai:NAME, scripted:FILE"),
    ],
)
def test_an_unknown_name_is_told_what_can_be_had(name: str, hint: str) -> None:
    with pytest.raises(ModelError, match=hint) as refusal:
        chat_model(ModelSpec(name))
    assert str(refusal.value).startswith(f"unknown model {name!r}: ")
