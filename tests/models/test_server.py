"""Whose key goes where."""

import pytest

from models import AccessRefusedError, ModelError, ModelSpec, connect
from models.server import server_for
from tests.models.conftest import ask
from tests.servers.failing_server import FailingServer

OPENAI_KEY, OTHER_KEY = "sk-openai", "sk-other"


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", OPENAI_KEY)
    monkeypatch.setenv("BILLP_API_KEY", OTHER_KEY)


@pytest.mark.parametrize(
    "address",
    [
        None,
        "https://api.openai.com/v1",
        "https://API.OpenAI.com/v1/",
        "https://eu.api.openai.com/v1",
    ],
)
def test_openai_gets_its_own_key(address: str | None) -> None:
    assert server_for(ModelSpec("openai:gpt-x", address)).key == OPENAI_KEY


@pytest.mark.parametrize(
    "address",
    [
        "http://api.openai.com/v1",
        "https://api.openai.com.evil.example/v1",
        "https://evil.example/api.openai.com/v1",
        "https://api.openai.com:8443/v1",
        "https://xapi.openai.com/v1",
        "https://a.b.api.openai.com/v1",
        "https://evil.example\\.api.openai.com/v1",
        "https://api.openai.com\\@evil.example/v1",
        "http://127.0.0.1:11434/v1",
    ],
)
def test_no_other_address_gets_openais_key(address: str) -> None:
    try:
        server = server_for(ModelSpec("openai:gpt-x", address))
    except ModelError:
        return
    assert server.key == OTHER_KEY


@pytest.mark.parametrize("variable", ["OPENAI_BASE_URL", "OPENAI_API_BASE"])
@pytest.mark.parametrize("named", [None, "http://gateway.example/v1/"])
def test_the_environments_own_server_gets_its_key(
    variable: str, named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://gateway.example/v1")
    assert server_for(ModelSpec("openai:gpt-x", named)).key == OPENAI_KEY


def test_a_context_that_names_another_server_than_the_environment_gets_the_other_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://gateway.example/v1")
    assert server_for(ModelSpec("openai:x", "http://gateway.example/v2")).key == OTHER_KEY


async def test_another_server_hears_nothing_of_openais_key_and_account(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ADMIN_KEY", "ORG_ID", "ORGANIZATION", "PROJECT_ID", "WEBHOOK_SECRET"):
        monkeypatch.setenv(f"OPENAI_{name}", "sk-openai")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Tenant: sk-openai")
    monkeypatch.delenv("BILLP_API_KEY")
    model = connect(ModelSpec("openai:tiny", failing.address))
    await ask(model)
    for headers in failing.headers:
        assert headers["authorization"] == "Bearer none"
        assert "sk-openai" not in str(headers)


@pytest.mark.parametrize("variable", ["OPENAI_API_KEY", "BILLP_API_KEY"])
@pytest.mark.parametrize("key", ["sk-…", "sk-\x07bell", "two\nlines"])
def test_a_key_that_cannot_be_one_is_refused_and_not_repeated(
    variable: str, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, key)
    address = None if variable == "OPENAI_API_KEY" else "http://127.0.0.1:1/v1"
    with pytest.raises(ModelError, match=f"{variable} holds characters") as caught:
        server_for(ModelSpec("openai:x", address))
    assert key not in str(caught.value)


def test_the_line_end_of_a_key_read_from_a_file_does_no_harm(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-openai\n")
    assert server_for(ModelSpec("openai:x")).key == "sk-openai"


@pytest.mark.parametrize(
    "address", ["http://me:secret@host/v1", "http://host/v1?key=secret", "http://host/v1#secret"]
)
def test_an_address_that_carries_a_secret_is_refused_and_the_secret_not_repeated(
    address: str,
) -> None:
    with pytest.raises(ModelError, match="BILLP_API_KEY") as caught:
        server_for(ModelSpec("openai:x", address))
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["localhost:8000/v1", "file:///etc/passwd", "//host", "http://"]
)
def test_what_is_no_web_address_is_refused(address: str) -> None:
    with pytest.raises(ModelError, match="must begin with http:// or https://"):
        server_for(ModelSpec("openai:x", address))


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:abc/v1",
        "http://127.0.0.1:99999/v1",
        "http://127.0.0.1:-1/v1",
        "http://a\x1b[31m/v1",
        "http://a/v1\x00",
        "http://a\nb/v1",
        "http://a b/v1",
        "http://a\u202eb/v1",
        "http://-x-.\u00fc/v1",
        "http://999.1.1.1/v1",
        f"http://{'a' * 70_000}/v1",
    ],
)
def test_an_address_that_cannot_be_one_is_refused_in_one_printable_line(address: str) -> None:
    with pytest.raises(ModelError, match="is no address") as caught:
        connect(ModelSpec("openai:x", address))
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    ("variable", "hint"),
    [("BILLP_API_KEY", "refuses the key in BILLP_API_KEY"), (None, "wants a key .*set BILLP_API")],
)
async def test_a_server_that_refuses_the_key_is_told_with_where_the_key_comes_from(
    variable: str | None, hint: str, failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable is None:
        monkeypatch.delenv("BILLP_API_KEY")
    failing.kinds.append("401")
    with pytest.raises(AccessRefusedError, match=hint):
        await ask(connect(ModelSpec("openai:tiny", failing.address)))
