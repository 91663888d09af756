"""Clients of the server: whose run it is, which memories are theirs, what they may not choose."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.arms import ARMS
from graph.clients import NAME, ClientError, client_context, client_of, context_of
from graph.load import load_parts, memories_for
from nodes import Context
from simulator import WorldError, load_world

NAMES = st.from_regex(NAME, fullmatch=True)
MEMORIES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True)


def run_of(client: str | None, context: Context | None = None, *, served: bool = True) -> Any:
    """A run as nodes see it."""
    user = None if client is None else SimpleNamespace(identity=client)
    return SimpleNamespace(
        context=context, server_info=SimpleNamespace(user=user) if served else None
    )


def test_whoever_runs_the_graph_themselves_is_no_client() -> None:
    context = Context(memory="mine", world="/a/folder")
    assert context_of(run_of(None, context, served=False)) == context
    assert context_of(run_of("local", context)) == context
    assert context_of(run_of("local")) == Context()


def test_a_clients_memories_are_its_own() -> None:
    assert context_of(run_of("alice", Context(memory="m"))).memory == "alice.m"
    assert context_of(run_of("alice")).memory == "alice.default"


def test_a_run_without_a_client_is_refused_where_tokens_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("BILLP_TOKENS", "alice:0123456789abcdef")
    with pytest.raises(ClientError, match="belongs to no client"):
        client_of(run_of(None))


def test_a_run_without_a_client_is_the_machines_own_where_none_are_needed() -> None:
    assert client_of(run_of(None)) is None


@given(a=NAMES, b=NAMES, first=MEMORIES, second=MEMORIES)
def test_no_two_clients_can_name_one_memory(a: str, b: str, first: str, second: str) -> None:
    same = (
        client_context(Context(memory=first), a).memory
        == client_context(Context(memory=second), b).memory
    )
    assert not same or a == b


@given(client=NAMES, memory=MEMORIES)
def test_a_clients_context_stays_as_it_is(client: str, memory: str) -> None:
    once = client_context(Context(memory=memory), client)
    assert client_context(once, client) == once


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"world": "/etc"}, "by its name"),
        ({"world": "../secrets"}, "by its name"),
        ({"world": ".billp"}, "by its name"),
        ({"model": "scripted:/etc/passwd"}, "may not name files"),
        ({"reflector_model": "scripted:x"}, "may not name files"),
        ({"model": "import:antigravity:fly"}, "may not name files or code"),
        ({"critic_model": "community:ChatLlamaCpp:/etc/passwd"}, "may not name files or code"),
        ({"model": "anthropic:claude-x"}, "BILLP_PROVIDERS on the server list it"),
        ({"actor_model": " import:x:y"}, "BILLP_PROVIDERS on the server list it"),
        ({"model": "local:/srv/model.gguf"}, "may not name files"),
        ({"actor_model": "local:acme/tiny-GGUF/tiny.gguf"}, "may not name files"),
        ({"base_url": "http://169.254.169.254/"}, "may not choose its chat server"),
        ({"base_url": ""}, "may not choose its chat server"),
    ],
)
def test_a_client_may_choose_nothing_that_reaches_files_keys_or_other_servers(
    chosen: dict[str, Any], message: str
) -> None:
    with pytest.raises(ClientError, match=message) as caught:
        client_context(Context(**chosen), "alice")
    assert "\n" not in str(caught.value)


def test_a_client_may_choose_the_model_file_that_the_server_serves() -> None:
    assert client_context(Context(model="local"), "alice").model == "local"


def test_a_client_may_choose_a_chat_server_that_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_BASE_URLS", "http://127.0.0.1:1/v1, http://127.0.0.1:2/v1")
    context = Context(base_url="http://127.0.0.1:2/v1")
    assert client_context(context, "alice").base_url == context.base_url


def test_a_client_may_ask_a_provider_that_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_PROVIDERS", "ollama, anthropic, import")
    context = Context(model="anthropic:claude-x", critic_model="openai:gpt-x")
    assert client_context(context, "alice").model == context.model
    with pytest.raises(ClientError, match="may not name files or code"):
        client_context(Context(model="import:x:y"), "alice")


def test_a_memorys_name_that_is_too_long_is_told_what_is_left() -> None:
    assert client_context(Context(memory="m" * 94), "alice").memory == f"alice.{'m' * 94}"
    with pytest.raises(ClientError, match="100 characters: 94 are left"):
        client_context(Context(memory="m" * 100), "alice")


def test_where_tokens_are_needed_a_world_is_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BILLP_TOKENS", "alice:0123456789abcdef")
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "world.json").touch()
    with pytest.raises(WorldError, match="unknown world 'x'"):
        load_parts(Context(world="x"))


def test_ephemeral_memories_of_two_clients_are_two() -> None:
    world, arm = load_world("demo"), ARMS["billp"]
    ephemeral = Context(memory="ephemeral")
    alice, bob = (
        memories_for(client_context(ephemeral, name), arm, world) for name in ("alice", "bob")
    )
    assert alice is not bob
    assert alice is memories_for(client_context(ephemeral, "alice"), arm, world)
    assert memories_for(ephemeral, arm, world) not in (alice, bob)
