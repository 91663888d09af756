"""Chat models by name."""

from pathlib import Path

import pytest

from models import ModelError, ModelSpec, connect
from models.stand_ins.offline import reply as offline_reply
from tests.models.conftest import TinyServer, ask, prompt_for


async def test_offline_is_the_embedded_model_with_the_seed_of_the_spec() -> None:
    said = {(await ask(connect(ModelSpec("offline", seed=5)))).text for _ in range(2)}
    assert said == {offline_reply("actor", prompt_for("actor"), 5)}


async def test_scripted_reads_the_file_it_names(tmp_path: Path) -> None:
    script = tmp_path / "a:b.jsonl"
    script.write_text('{"role": "critic", "reply": "7"}\n', encoding="utf-8")
    assert (await ask(connect(ModelSpec(f"scripted:{script}")), role="critic")).text == "7"


async def test_openai_is_asked_for_the_model_after_the_colon(server: TinyServer) -> None:
    await ask(connect(ModelSpec("openai:ft:gpt-x:me", server.address)))
    assert server.asked[0]["model"] == "ft:gpt-x:me"


@pytest.mark.parametrize("key", [None, ""])
def test_openai_without_a_key_names_the_variable_to_set(
    key: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    if key is not None:
        monkeypatch.setenv("OPENAI_API_KEY", key)
    with pytest.raises(ModelError, match="'openai:gpt-x' needs a key: set OPENAI_API_KEY"):
        connect(ModelSpec("openai:gpt-x"))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ofline", "did you mean 'offline'"),
        ("opnai:gpt-x", "did you mean 'openai'"),
        ("scriptd:replies.jsonl", "did you mean 'scripted'"),
        ("gpt-x", "use offline, local, local:FILE.gguf, openai:NAME, scripted:FILE"),
        ("openai:", "use offline, local, local:FILE.gguf, openai:NAME, scripted:FILE"),
        ("scripted:", "use offline, local, local:FILE.gguf, openai:NAME, scripted:FILE"),
        ("", "use offline, local, local:FILE.gguf, openai:NAME, scripted:FILE"),
    ],
)
def test_an_unknown_name_is_told_what_can_be_had(name: str, hint: str) -> None:
    with pytest.raises(ModelError, match=hint) as refusal:
        connect(ModelSpec(name))
    assert str(refusal.value).startswith(f"unknown model {name!r}: ")
