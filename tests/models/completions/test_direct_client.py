"""The direct client: connections, proxies, certificates, headers, and events in pieces."""

import asyncio
import itertools
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import encode_basic_auth
from hypothesis import given
from hypothesis import strategies as st
from langchain_core.messages import HumanMessage, SystemMessage

from models import ModelError, ModelSpec, ServerFailedError, connect
from models.completions.connection import Connection
from models.completions.session import _open
from models.completions.wire import events
from models.server import Server
from tests.models.conftest import TinyServer, ask, hurried, serving
from tests.servers.failing_server import FailingHandler, FailingServer

KEY = "planted-4711"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


class Counting(FailingServer):
    """Counts the connections that were opened to it."""

    def __init__(self) -> None:
        super().__init__()
        self.RequestHandlerClass = KeptOpen
        self.connections = 0

    def get_request(self) -> Any:
        self.connections += 1
        return super().get_request()


class KeptOpen(FailingHandler):
    protocol_version = "HTTP/1.1"
    timeout = 5


@pytest.fixture
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXIES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


async def test_calls_at_once_open_a_connection_each_and_later_ones_none() -> None:
    with serving(Counting()) as server:
        assert isinstance(server, Counting)
        server.latency = 0.1
        model = connect(ModelSpec("openai:tiny", server.address))
        for _ in range(3):
            await asyncio.gather(*(ask(model) for _ in range(12)))
        assert server.connections == 12


def test_a_session_ends_with_its_event_loop_and_another_loop_has_its_own(
    server: TinyServer,
) -> None:
    model = connect(ModelSpec("openai:tiny", server.address))

    async def asked() -> int:
        await ask(model)
        return len(_open)

    before = len(_open)
    assert [asyncio.run(asked()) for _ in range(2)] == [before + 1] * 2
    assert len(_open) == before


@pytest.mark.slow
@pytest.mark.usefixtures("no_proxy")
def test_a_process_whose_loop_never_ends_says_nothing_about_it(server: TinyServer) -> None:
    program = (
        "import sys\n"
        "from langchain_core.messages import HumanMessage\n"
        "from graph.event_loop import iterate\n"
        "from models import ModelSpec, connect\n"
        "async def asked():\n"
        "    model = connect(ModelSpec('openai:tiny', sys.argv[1]))\n"
        "    yield (await model('actor', [HumanMessage('Action:')])).text\n"
        "print(*iterate(asked))\n"
        "print([name for name in ('openai', 'langchain_openai') if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, server.address], capture_output=True, text=True, check=True
    )
    assert (done.stdout.splitlines(), done.stderr) == (["recommend[Braid]", "[]"], "")


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("variable", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
async def test_the_environments_proxy_is_used_with_its_password_and_none_is_printed(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(FailingServer()) as proxy:
        address = proxy.address.removesuffix("/v1").replace("//", f"//me:{KEY}@")
        monkeypatch.setenv(variable, address)
        model = hurried(ModelSpec("openai:tiny", "http://far.example/v1"))
        await ask(model)
        connection = Connection.to(Server("http://far.example/v1", "secret"), 1.0)
    [headers] = proxy.headers
    assert headers["host"] == "far.example"
    assert headers["proxy-authorization"] == encode_basic_auth("me", KEY)
    assert KEY not in repr(connection)
    assert "secret" not in repr(connection)


@pytest.mark.usefixtures("no_proxy")
async def test_a_tunnel_is_asked_for_with_the_proxys_password_and_without_the_servers_key(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = list[str]()

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 407 Who are you\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    proxy = await asyncio.start_server(refuse, "127.0.0.1", 0)
    port = proxy.sockets[0].getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://me:{KEY}@127.0.0.1:{port}")
    monkeypatch.setenv("BILLP_API_KEY", "secret")
    model = hurried(ModelSpec("openai:tiny", "https://far.example/v1"), attempts=1)
    async with proxy:
        with pytest.raises(ServerFailedError, match="connection error: Who are you"):
            await ask(model)
    assert asked[0].startswith("CONNECT far.example:443 ")
    assert encode_basic_auth("me", KEY) in asked[0]
    assert "secret" not in asked[0]


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize(
    ("server", "bypass"),
    [
        (Server("http://127.0.0.1:1/v1"), "127.0.0.1"),
        (Server("http://a.near.example/v1"), "near.example"),
        (Server("http://far.example:8000/v1"), "far.example:8000"),
        (Server("http://far.example/v1"), "*"),
        (Server("http://127.0.0.1:1/v1", embedded=True), ""),
    ],
)
def test_no_proxy_leads_to_what_the_environment_excludes_or_this_process_serves(
    server: Server, bypass: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://proxy.example:3128")
    if not server.embedded:
        assert Connection.to(server, 1.0).proxy is not None
    monkeypatch.setenv("NO_PROXY", bypass)
    assert Connection.to(server, 1.0).proxy is None


@pytest.mark.usefixtures("no_proxy")
def test_a_proxy_of_another_kind_is_refused_without_its_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", f"socks5://me:{KEY}@proxy.example:1080")
    with pytest.raises(ModelError, match=r"proxy is socks5://.* name another") as caught:
        connect(ModelSpec("openai:tiny", "http://far.example/v1"))
    assert KEY not in str(caught.value)


@pytest.fixture
def secured(tmp_path: Path) -> Iterator[tuple[FailingServer, Path]]:
    """A server with a certificate of its own, and the file of it."""
    certificate, key = tmp_path / "server.pem", tmp_path / "server.key"
    command = ["openssl", "req", "-x509", "-nodes", "-newkey", "rsa:2048", "-days", "2"]
    command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    command += ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run(command, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = FailingServer()
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server):
        yield server, certificate


@pytest.mark.usefixtures("no_proxy")
@pytest.mark.parametrize("known", [True, False])
async def test_a_certificate_is_checked_against_those_that_the_environment_names(
    known: bool, secured: tuple[FailingServer, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from models.completions import connection

    server, certificate = secured
    connection._tls.cache_clear()
    if known:
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    model = hurried(ModelSpec("openai:tiny", server.address.replace("http:", "https:")))
    connection._tls.cache_clear()
    if known:
        assert (await ask(model)).text
    else:
        with pytest.raises(ServerFailedError, match=r"cannot be reached .*certificate"):
            await ask(model)
        assert server.asked == []


@pytest.mark.usefixtures("no_proxy")
async def test_a_name_that_nobody_has_cannot_be_reached() -> None:
    model = hurried(ModelSpec("openai:tiny", "http://nobody.invalid/v1"))
    with pytest.raises(ServerFailedError, match=r"cannot be reached .*is it running"):
        await ask(model)


@pytest.mark.usefixtures("no_proxy")
async def test_what_is_no_http_is_a_connection_error() -> None:
    async def babble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"220 mail.example ready\r\n")
        writer.close()

    server = await asyncio.start_server(babble, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    model = hurried(ModelSpec("openai:tiny", f"http://127.0.0.1:{port}/v1"), attempts=2)
    async with server:
        with pytest.raises(ServerFailedError, match=r"failed twice, .*connection error"):
            await ask(model)


async def test_openais_own_account_is_told_to_the_environments_server(
    failing: FailingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {
        "OPENAI_BASE_URL": failing.address,
        "OPENAI_API_KEY": KEY,
        "OPENAI_ORG_ID": "org-1",
        "OPENAI_PROJECT_ID": "proj-1",
        "OPENAI_CUSTOM_HEADERS": "X-Tenant: seven\nX-Team: blue",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    await ask(connect(ModelSpec("openai:tiny")))
    [headers] = failing.headers
    assert headers["authorization"] == f"Bearer {KEY}"
    account = (headers["openai-organization"], headers["openai-project"])
    assert account == ("org-1", "proj-1")
    assert (headers["x-tenant"], headers["x-team"]) == ("seven", "blue")


@pytest.mark.parametrize(("name", "role"), [("o3-mini", "developer"), ("gpt-4o", "system")])
async def test_reasoning_models_hear_the_system_message_from_the_developer(
    name: str, role: str, failing: FailingServer
) -> None:
    prompt = [SystemMessage("Plan."), HumanMessage("Action:")]
    await ask(connect(ModelSpec(f"openai:{name}", failing.address)), prompt)
    assert [said["role"] for said in failing.asked[0]["messages"]] == [role, "user"]


@pytest.mark.parametrize(
    ("name", "sent"), [("gpt-5-mini", False), ("gpt-5-chat", True), ("m", True)]
)
async def test_models_of_one_temperature_are_told_none(
    name: str, sent: bool, failing: FailingServer
) -> None:
    await ask(connect(ModelSpec(f"openai:{name}", failing.address)))
    assert ("temperature" in failing.asked[0]) == sent


@given(
    texts=st.lists(st.text(st.characters(exclude_characters="\n\r", exclude_categories=("Cs",)))),
    cuts=st.lists(st.integers(0, 400)),
    end=st.sampled_from(["\n", "\r\n"]),
)
async def test_events_are_the_same_wherever_the_network_cuts_them(
    texts: list[str], cuts: list[int], end: str
) -> None:
    lines = [f": ping{end}{end}event: chunk{end}data: {text}{end}{end}" for text in texts]
    body = "".join([*lines, f"data: [DONE]{end}{end}", f"data: after{end}{end}"]).encode()
    places = [0, *sorted(cut for cut in cuts if cut < len(body)), len(body)]

    async def pieces() -> AsyncIterator[bytes]:
        for start, stop in itertools.pairwise(places):
            yield body[start:stop]

    told = [event async for event in events(pieces())]
    stop = next((n for n, text in enumerate(texts) if text.startswith("[DONE]")), None)
    assert told == texts[:stop]
