"""The server with tokens: nobody without one gets in, and nobody sees what is another's."""

import asyncio
import json
import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import (
    APIError,
    PermissionDeniedError,
    RateLimitError,
    UnprocessableEntityError,
)

from tests.system.dev_server import DevServer, dev_server
from tests.system.processes import ROOT

pytestmark = pytest.mark.system

ALICE, BOB = "alices-token-0123456789", "bobs-token-9876543210"
CONTEXT: Any = {"world": "demo", "memory": "shared", "max_rounds": 3}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    folder = tmp_path_factory.mktemp("auth")
    tokens = folder / "tokens"
    tokens.write_text(f"alice:{ALICE}\nbob:{BOB}\n")
    with dev_server(folder, BILLP_TOKENS_FILE=str(tokens), BILLP_CLIENT_WAITING="2") as server:
        yield server


@pytest.fixture
def alice(server: DevServer) -> LangGraphClient:
    return get_client(url=server.address, api_key=ALICE)


@pytest.fixture
def bob(server: DevServer) -> LangGraphClient:
    return get_client(url=server.address, headers={"Authorization": f"Bearer {BOB}"})


def ask(
    server: DevServer, path: str = "/threads/search", method: str = "POST", **headers: str
) -> tuple[int, Any]:
    """Status and body of a request with these headers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = Request(
        server.address + path, b"{}", {"Content-Type": "application/json", **named}, method=method
    )
    try:
        with urlopen(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except HTTPError as error:
        return error.code, json.load(error)


async def play(client: LangGraphClient, **context: Any) -> tuple[str, Any]:
    """A session on a thread of its own; its thread and final state."""
    thread = await client.threads.create()
    state = await client.runs.wait(
        thread["thread_id"], "billp", input={"user": 3}, context={**CONTEXT, **context}
    )
    return thread["thread_id"], state


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer wrong-token-0123456789"},
        {"Authorization": f"Basic {ALICE}"},
        {"Authorization": f"Bearer {ALICE}x"},
        {"x_api_key": "wrong"},
        {"x_auth_scheme": "langsmith"},
        {"x_auth_scheme": "langsmith", "x_api_key": "lsv2_pt_0123456789"},
        {"x_auth_scheme": "langsmith", "Authorization": "Bearer langgraph-studio-user"},
    ],
)
def test_without_a_right_token_nobody_gets_in_and_nobody_is_told_why(
    headers: dict[str, str], server: DevServer
) -> None:
    assert ask(server, **headers) == (401, {"detail": "Unauthorized"})


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {ALICE}"}, {"x_api_key": ALICE}])
def test_a_right_token_opens(headers: dict[str, str], server: DevServer) -> None:
    assert ask(server, **headers)[0] == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/info"),
        ("GET", "/metrics"),
        ("GET", "/docs"),
        ("GET", "/openapi.json"),
        ("GET", "/internal/debug/thread/1"),
        ("POST", "/internal/truncate"),
        ("POST", "//internal/truncate"),
        ("GET", "/deploy"),
        ("POST", "/deploy"),
    ],
)
def test_nothing_but_the_servers_health_is_told_without_a_token(
    method: str, path: str, server: DevServer
) -> None:
    assert ask(server, path, method) == (401, {"detail": "Unauthorized"})


def test_health_is_told_to_everybody_and_what_it_is_to_clients(server: DevServer) -> None:
    assert ask(server, "/ok", "GET")[1]["ok"]
    status, told = ask(server, "/info", "GET", x_api_key=ALICE)
    assert (status, "version" in told) == (200, True)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/internal/debug/thread/1"),
        ("POST", "/internal/truncate"),
        ("GET", "/deploy"),
        ("POST", "/deploy"),
    ],
)
def test_no_client_sees_or_forgets_what_is_everybodys(
    method: str, path: str, server: DevServer
) -> None:
    assert ask(server, path, method, x_api_key=ALICE)[0] == 404


async def test_a_clients_threads_are_invisible_to_another(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    thread, _ = await play(alice)
    assert thread in [one["thread_id"] for one in await alice.threads.search()]
    assert thread not in [one["thread_id"] for one in await bob.threads.search()]
    for looking in (
        bob.threads.get(thread),
        bob.threads.get_state(thread),
        bob.threads.get_history(thread),
        bob.threads.update(thread, metadata={"owner": "bob"}),
        bob.threads.delete(thread),
        bob.threads.copy(thread),
        bob.threads.update_state(thread, {"user": 1}),
        bob.runs.list(thread),
        bob.runs.create(thread, "billp", input={"user": 1}, context=CONTEXT),
        bob.threads.create(thread_id=thread, if_exists="do_nothing"),
    ):
        with pytest.raises(APIError) as refused:
            await looking
        assert refused.value.response.status_code in (404, 409)  # type: ignore[attr-defined]
    assert (await alice.threads.get_state(thread))["values"]["ending"]


async def test_a_clients_runs_cannot_be_cancelled_or_joined_by_another(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    thread, _ = await play(alice)
    run = (await alice.runs.list(thread))[0]["run_id"]
    for reaching in (bob.runs.get(thread, run), bob.runs.cancel(thread, run)):
        with pytest.raises(APIError):
            await reaching
    (event,) = [event async for event in bob.runs.join_stream(thread, run)]
    assert (event.event, event.data["message"]) == ("error", "404: Thread not found")
    (event,) = [event async for event in await bob.threads.join_stream(thread)]
    assert (event.event, event.data["message"]) == ("error", "404: Thread not found")


async def test_both_see_the_graphs_and_neither_the_others_assistants(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    made = await alice.assistants.create("billp", metadata={"created_by": "system"})
    visible = await bob.assistants.search()
    assert {one["graph_id"] for one in visible} == {"billp", "trainer", "chat"}
    assert made["assistant_id"] not in [one["assistant_id"] for one in visible]
    thread = await bob.threads.create()
    for reaching in (
        bob.assistants.get(made["assistant_id"]),
        bob.assistants.delete(made["assistant_id"]),
        bob.runs.create(thread["thread_id"], made["assistant_id"], input={"user": 1}),
    ):
        with pytest.raises(APIError):
            await reaching


async def test_nobody_can_change_the_graphs_of_all(alice: LangGraphClient) -> None:
    for shared in await alice.assistants.search(metadata={"created_by": "system"}):
        with pytest.raises(APIError):
            await alice.assistants.update(shared["assistant_id"], context={"gamma": 0.1})
        with pytest.raises(APIError):
            await alice.assistants.delete(shared["assistant_id"])


async def test_what_one_client_taught_no_other_recalls(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    for _ in range(2):
        _, taught = await play(alice, memory="lessons")
    assert taught["principles"]
    for name in ("lessons", "alice.lessons", "bob.lessons"):
        _, state = await play(bob, memory=name, learn=False)
        assert state["principles"] == []


async def test_a_training_teaches_its_client_alone(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    thread = await alice.threads.create()
    trained: Any = await alice.runs.wait(
        thread["thread_id"],
        "trainer",
        input={"users": [3, 3], "batch": 1},
        context={**CONTEXT, "memory": "trained"},
    )
    assert trained["rows"]["reflections"]
    assert (await play(alice, memory="trained"))[1]["principles"]
    assert (await play(bob, memory="trained"))[1]["principles"] == []


async def test_the_store_shows_a_client_its_own_memories_and_takes_nothing(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    for client in (alice, bob):
        await play(client, memory="shelf")
    listed = (await alice.store.list_namespaces())["namespaces"]
    assert {one[0] for one in listed} == {"alice"}
    (mine,) = [one for one in listed if one[2:] == ["shelf", "billp", "reflections"]]
    (found,) = (await alice.store.search_items(mine))["items"]
    assert found["value"]["users"] == ["3"]
    assert (await alice.store.get_item(mine, found["key"]))["value"] == found["value"]
    with pytest.raises(PermissionDeniedError):
        await bob.store.search_items(mine)
    with pytest.raises(PermissionDeniedError):
        await alice.store.put_item(mine, "one", {"text": "planted"})
    with pytest.raises(PermissionDeniedError):
        await alice.store.delete_item(mine, found["key"])


@pytest.mark.parametrize(
    ("chosen", "message"),
    [
        ({"world": "/etc"}, "by its name"),
        ({"model": "scripted:/etc/passwd"}, "may not name files"),
        ({"base_url": "http://127.0.0.1:1"}, "may not choose its chat server"),
    ],
)
async def test_a_client_cannot_reach_files_or_other_servers(
    chosen: Any, message: str, alice: LangGraphClient
) -> None:
    thread = await alice.threads.create()
    state: Any = await alice.runs.wait(
        thread["thread_id"], "billp", input={"user": 3}, context=chosen, raise_error=False
    )
    assert message in state["__error__"]["message"]


async def test_a_schedule_is_refused_since_it_would_run_without_its_clients_token(
    alice: LangGraphClient,
) -> None:
    with pytest.raises(APIError):
        await alice.crons.create("billp", schedule="* * * * *", input={"user": 1})


@pytest.mark.parametrize("path", ["/threads/search", "/info"])
@pytest.mark.parametrize("query", ["token=any", "api_key={BOB}", "x={BOB}", "authorization=x"])
def test_a_token_in_an_address_is_refused_with_what_to_do(
    path: str, query: str, server: DevServer
) -> None:
    method = "POST" if path == "/threads/search" else "GET"
    address = f"{path}?{query.format(BOB=BOB)}"
    status, told = ask(server, address, method, x_api_key=ALICE)
    assert status == 401
    assert "send it in the header Authorization: Bearer TOKEN" in told["detail"]


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"episode": "e" * 201}, "episode has 201 characters"),
        ({"viewed": ["a"] * 1001}, "viewed has 1001 titles"),
    ],
)
async def test_an_input_that_is_too_long_is_refused(
    given: Any, told: str, alice: LangGraphClient
) -> None:
    with pytest.raises(UnprocessableEntityError, match=told):
        await alice.runs.create(None, "billp", input={"user": 3, **given}, context=CONTEXT)


async def test_a_body_that_is_too_long_is_refused(alice: LangGraphClient) -> None:
    with pytest.raises(APIError) as refused:
        await alice.threads.create(metadata={"long": "x" * (1 << 20)})
    assert refused.value.response.status_code == 413  # type: ignore[attr-defined]


async def test_runs_are_not_started_in_batches(alice: LangGraphClient) -> None:
    with pytest.raises(UnprocessableEntityError, match="start runs one by one"):
        await alice.runs.create_batch([{"assistant_id": "billp", "input": {"user": 1}}])


async def test_a_client_with_many_runs_is_held_back_and_others_are_answered(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    """The server has one worker: of 30 requests one is queued, two wait, the others are refused."""
    await play(bob)  # the world is loaded
    flood = [
        asyncio.create_task(alice.runs.create(None, "billp", input={"user": 3}, context=CONTEXT))
        for _ in range(30)
    ]
    await asyncio.wait(flood, return_when=asyncio.FIRST_EXCEPTION)
    _, state = await play(bob)
    assert state["ending"]
    assert not all(one.done() for one in flood)  # those that wait
    ends = await asyncio.gather(*flood, return_exceptions=True)
    refused = [end for end in ends if isinstance(end, RateLimitError)]
    assert refused[0].response.headers["Retry-After"] == "5"
    assert 3 <= len(ends) - len(refused) < 15
    assert not [end for end in ends if isinstance(end, Exception) and end not in refused]


async def test_no_token_is_written_anywhere(server: DevServer, alice: LangGraphClient) -> None:
    await play(alice)
    await_flush = server.folder / ".langgraph_api"
    assert await_flush.is_dir()
    written = [p for p in server.folder.rglob("*") if p.is_file() and p.name != "tokens"]
    assert server.home / "server" / "threads.sqlite" in written
    for path in written:
        content = path.read_bytes()
        assert ALICE.encode() not in content, path
        assert BOB.encode() not in content, path


async def test_a_thread_stays_its_owners_when_a_kill_made_the_server_forget_it(
    server: DevServer, alice: LangGraphClient, bob: LangGraphClient
) -> None:
    thread, state = await play(alice)
    server.kill()
    server.start()
    with pytest.raises(APIError):
        await bob.threads.create(thread_id=thread, graph_id="billp")
    await alice.threads.create(thread_id=thread, if_exists="do_nothing", graph_id="billp")
    kept: Any = await alice.threads.get_state(thread)
    assert kept["values"]["ending"] == state["ending"]


async def test_a_thread_that_was_made_without_a_token_is_taken_by_no_client(tmp_path: Path) -> None:
    thread = str(uuid.uuid4())
    with dev_server(tmp_path) as server:
        made = get_client(url=server.address)
        await made.threads.create(thread_id=thread, graph_id="billp")
        await made.runs.wait(thread, "billp", input={"user": 3}, context=CONTEXT)
    shutil.rmtree(tmp_path / ".langgraph_api", ignore_errors=True)
    with dev_server(tmp_path, BILLP_TOKENS=f"bob:{BOB}") as server:
        bob = get_client(url=server.address, api_key=BOB)
        run: Any = {"input": None, "context": CONTEXT}
        for taking in (
            bob.threads.create(thread_id=thread, graph_id="billp"),
            bob.threads.create(thread_id=thread, if_exists="do_nothing"),
            bob.runs.create(thread, "billp", if_not_exists="create", **run),
            bob.runs.create(thread, "billp", **run),
            bob.threads.get_state(thread),
        ):
            with pytest.raises(APIError) as refused:
                await taking
            assert refused.value.response.status_code in (404, 409)  # type: ignore[attr-defined]


async def test_a_state_that_a_client_set_by_hand_is_its_own(
    alice: LangGraphClient, bob: LangGraphClient
) -> None:
    thread = (await alice.threads.create(graph_id="billp"))["thread_id"]
    await alice.threads.update_state(thread, {"user": 3}, as_node="__start__")
    with pytest.raises(APIError):
        await bob.runs.create(thread, "billp", input={"user": 1}, context=CONTEXT)
    state: Any = await alice.runs.wait(thread, "billp", input={"user": 3}, context=CONTEXT)
    assert state["ending"]


@pytest.mark.parametrize(
    ("env", "options", "message"),
    [
        ({}, ["--host", "0.0.0.0"], "billp: a server that others can reach needs tokens"),
        ({"BILLP_TOKENS": "alice:short"}, [], "billp: BILLP_TOKENS entry 1: a token has 16"),
    ],
)
def test_a_door_that_would_stand_open_keeps_the_server_from_starting(
    env: dict[str, str], options: list[str], message: str, tmp_path: Path
) -> None:
    server = DevServer(tmp_path, **env)
    process = server.launch(*options)
    try:
        assert process.wait(timeout=90) == 1
    except subprocess.TimeoutExpired:
        server.kill()
        raise
    assert server.log.read_text().rstrip().splitlines()[-1].startswith(message)


@pytest.mark.parametrize(
    ("token", "told"), [("", "it is not set"), ("another-token-0123", "it holds another token")]
)
def test_the_example_client_is_told_which_variable_holds_its_token(
    server: DevServer, token: str, told: str
) -> None:
    example = str(ROOT / "examples" / "serve_client.py")
    done = subprocess.run(
        [sys.executable, example, "next", "anna", "--server", server.address, "--shop", "mine"],
        env={**os.environ, "BILLP_TOKEN": token}, capture_output=True, text=True, timeout=60,
        check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith(f"{server.address}: HTTP Error 401")
    assert "from BILLP_TOKEN" in done.stderr
    assert told in done.stderr
