"""Access to the server: who needs no token, and when it does not start."""

import importlib
import sqlite3
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def auth(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The module, as a server on loopback imports it."""
    monkeypatch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
    return importlib.import_module("graph.auth")


def request(peer: str = "127.0.0.1", **headers: str) -> tuple[dict[bytes, bytes], dict[str, Any]]:
    named = {"host": "127.0.0.1:2024", **headers}
    raw = {name.replace("_", "-").encode(): value.encode() for name, value in named.items()}
    return raw, {"client": (peer, 50_000)}


def given_context(context: dict[str, Any]) -> dict[str, Any]:
    """A run's arguments as the server makes them of a caller's context."""
    mirrored = {**context, "__context_provided__": True, "thread_id": "one"}
    return {"context": context, "config": {"configurable": mirrored}, "input": {"user": 3}}


@pytest.mark.parametrize(
    "made",
    [
        request(),
        request(host="localhost:2024"),
        request("::1", host="[::1]:2024"),
        request(origin="http://localhost:3000"),
        request(origin="https://smith.langchain.com"),
    ],
)
def test_without_tokens_the_machine_itself_and_studio_are_let_in(made: Any, auth: Any) -> None:
    assert auth.is_local_request(*made)


@pytest.mark.parametrize(
    "made",
    [
        request("192.168.0.7"),
        request("::ffff:192.168.0.7"),
        request(host="evil.example"),
        request(host="127.0.0.1.evil.example"),
        request(host=""),
        request(origin="https://evil.example"),
        request(origin="https://smith.langchain.com.evil.example"),
        request(origin="null"),
        request(host="evil.example@127.0.0.1"),
        request(host="127.0.0.1#.evil.example"),
        request(host="[::1"),
        request(origin="http://[evil"),
        request(origin="http://127.0.0.1@evil.example"),
        request(x_forwarded_proto="https"),
        request(x_original_host="evil.example"),
        request(cf_connecting_ip="192.168.0.7"),
        request(true_client_ip="192.168.0.7"),
        request(x_client_ip="192.168.0.7"),
        request(via="1.1 proxy"),
        request(x_forwarded_for="192.168.0.7"),
        request(forwarded="for=192.168.0.7"),
        ({b"host": b"localhost"}, {"client": None}),
    ],
)
def test_without_tokens_nobody_else_is(made: Any, auth: Any) -> None:
    assert not auth.is_local_request(*made)


@pytest.mark.parametrize(
    ("headers", "token"),
    [
        ({b"authorization": b"Bearer abc"}, "abc"),
        ({b"authorization": b"bearer abc"}, "abc"),
        ({b"x-api-key": b"abc"}, "abc"),
        ({b"authorization": b"Basic abc"}, ""),
        ({b"authorization": b"abc"}, ""),
        ({}, ""),
    ],
)
def test_a_token_is_taken_from_either_header(
    headers: dict[bytes, bytes], token: str, auth: Any
) -> None:
    assert auth.token_of_request(headers) == token


@pytest.mark.parametrize(
    "address", ["http://0.0.0.0:2024", "http://10.0.0.5:2024", "https://x.trycloudflare.com", ""]
)
def test_a_server_that_others_can_reach_does_not_start_without_tokens(
    address: str, auth: Any
) -> None:
    with pytest.raises(SystemExit, match="billp: a server that others can reach needs tokens"):
        auth.tokens_of_this_server({"LANGGRAPH_API_URL": address})


def test_with_tokens_it_starts_anywhere(auth: Any) -> None:
    environment = {
        "LANGGRAPH_API_URL": "http://0.0.0.0:2024",
        "BILLP_TOKENS": "alice:0123456789abcdef",
    }
    assert auth.tokens_of_this_server(environment)


def test_with_malformed_tokens_it_does_not_start(auth: Any) -> None:
    with pytest.raises(SystemExit, match="billp: BILLP_TOKENS entry 1") as caught:
        auth.tokens_of_this_server({"BILLP_TOKENS": "alice:secret"})
    assert "secret" not in str(caught.value)


def test_with_an_address_of_threads_that_is_none_it_does_not_start(
    auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BILLP_THREADS", "sqlite:///secret")
    with pytest.raises(SystemExit, match="billp: the address of threads in Postgres") as caught:
        auth.check_threads()
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("owner", "if_not_exists", "status"),
    [
        (None, "create", None),
        ("alice", "create", None),
        ("bob", "create", 409),
        ("bob", "reject", 409),
        ("", "create", 409),
        ("", "reject", None),  # the server's lists say whose it is
        (sqlite3.OperationalError("database is locked"), "create", 503),
    ],
)
async def test_a_client_gets_no_thread_of_which_another_or_nobody_is_the_owner(
    owner: Any, if_not_exists: str, status: int | None, auth: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def owner_of(_thread: str) -> str | None:
        if isinstance(owner, Exception):
            raise owner
        return owner  # type: ignore[no-any-return]

    monkeypatch.setattr(auth, "owner_of", owner_of)
    user = SimpleNamespace(identity="alice")
    ctx = SimpleNamespace(user=user, resource="threads", action="create_run")
    value = {"thread_id": "one", "if_not_exists": if_not_exists}
    if status is None:
        assert await auth.limit_to_owner(ctx, value) == {"owner": "alice"}
    else:
        with pytest.raises(auth.Auth.exceptions.HTTPException) as refused:
            await auth.limit_to_owner(ctx, value)
        assert refused.value.status_code == status


@pytest.mark.parametrize("identity", ["local", "alice"])
@pytest.mark.parametrize(
    ("resource", "value", "refused"),
    [
        ("assistants", {"context": {"K": 3}}, True),
        ("assistants", {"context": {"reflections": 3}}, False),
        ("assistants", {"config": {"configurable": {"K": 3}}, "context": {}}, False),
        ("assistants", {"graph_id": "billp", "context": {"K": 3, "user": 3}}, True),
        ("assistants", {"graph_id": "chat", "context": {"user": 3}}, False),
        ("threads", {"kwargs": given_context({"user": 3})}, False),
        ("threads", {"kwargs": given_context({"K": 3})}, True),
        ("threads", {"kwargs": given_context({"reflections": 3})}, False),
        ("threads", {"kwargs": {"config": {"configurable": {"thread_id": "one"}}}}, False),
        ("threads", {"kwargs": {"config": None, "context": None}}, False),
        ("threads", {"metadata": {"context": {"K": 3}}}, False),
    ],
)
async def test_a_context_with_an_unknown_setting_is_refused(
    resource: str, value: dict[str, Any], refused: bool, identity: str, auth: Any
) -> None:
    ctx = SimpleNamespace(
        user=SimpleNamespace(identity=identity), resource=resource, action="create"
    )
    if not refused:
        await auth.limit_to_owner(ctx, value)
        return
    with pytest.raises(auth.Auth.exceptions.HTTPException) as refusal:
        await auth.limit_to_owner(ctx, value)
    assert refusal.value.status_code == 422
    assert refusal.value.detail == "unknown setting 'K': did you mean 'reflections'?"
