"""The exact name of a model says who is paid."""

import pytest

from models import ModelError, ModelSpec, exact_name


@pytest.mark.parametrize(
    "address", [None, "https://api.openai.com/v1", "https://api.OpenAI.com/v1/"]
)
def test_openais_own_models_are_known_by_name_alone(address: str | None) -> None:
    assert exact_name(ModelSpec("openai:gpt-4o-mini", address)) == "openai:gpt-4o-mini"


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
def test_another_server_belongs_to_the_name_also_when_the_environment_names_it(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = "openai:llama@http://localhost:8000/v1"
    assert exact_name(ModelSpec("openai:llama", "http://localhost:8000/v1/")) == exact
    monkeypatch.setenv(variable, "http://localhost:8000/v1")
    assert exact_name(ModelSpec("openai:llama")) == exact


@pytest.mark.parametrize("name", ["offline", "scripted:replies.jsonl"])
def test_models_without_a_server_are_not_named_after_one(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://localhost:8000/v1")
    assert exact_name(ModelSpec(name)) == name


def test_secrets_in_an_address_do_not_reach_the_name() -> None:
    spec = ModelSpec("openai:llama", "https://me:secret@host:8000/v1?key=secret")
    assert exact_name(spec) == "openai:llama@https://host:8000/v1"


@pytest.mark.parametrize("address", ["http://[oops/v1", "http://me:secret@[oops/v1?key=secret"])
def test_an_address_that_is_none_is_refused_without_what_may_be_secret_in_it(address: str) -> None:
    with pytest.raises(ModelError, match=r"'.*\[oops/v1' is no address") as caught:
        exact_name(ModelSpec("openai:llama", address))
    assert "secret" not in str(caught.value)
