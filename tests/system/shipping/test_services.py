"""The services of compose.yaml together, each by the command that is written there."""

import os
import re
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from langgraph.types import Command
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import APIError

from graph.episode import build_graph
from graph.threads import open_threads
from nodes import Context
from tests.servers.chroma import start
from tests.servers.postgres import PostgresServer, absent, postgres_server
from tests.system.dev_server import DevServer
from tests.system.processes import BIN, ROOT, free_port
from tests.system.shipping.services import Service, compose, service

pytestmark = pytest.mark.system

ALICE, BOB = "alices-token-0123456789", "bobs-token-9876543210"
GIVEN = {"BILLP_TOKENS": f"alice:{ALICE},bob:{BOB}", "POSTGRES_PASSWORD": "p@ss/w#rd %41"}
PERSON: Any = {"human": True, "max_rounds": 9, "memory": "live"}


@dataclass
class Services:
    """What compose would start."""

    postgres: PostgresServer
    server: DevServer
    port: int  # of Postgres
    all: tuple[Service, ...]

    def client(self, token: str) -> LangGraphClient:
        return get_client(url=self.server.address, api_key=token)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """All three, at ports and in folders of this test."""
    if reason := absent():
        pytest.skip(reason)
    folder, ports = tmp_path_factory.mktemp("services"), [free_port() for _ in range(3)]
    here = {
        "/app/langgraph.json": str(ROOT / "langgraph.json"), "/data": str(folder / "home"),
        "0.0.0.0": "127.0.0.1", "2024": str(ports[0]),
        "chroma:8000": f"127.0.0.1:{ports[1]}", "8000": str(ports[1]),
        "@postgres/": f"@127.0.0.1:{ports[2]}/",
    }  # fmt: skip
    database, served = service("postgres", GIVEN, here), service("server", GIVEN, here)
    stored = service("chroma", GIVEN, {**here, "/data": str(folder / "chroma")})
    options = (*database.command[1:], "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off")
    with ExitStack() as stack:
        postgres = stack.enter_context(postgres_server(options, ports[2]))
        make_user(postgres, database.environment)
        stack.callback(start(stored.command, ports[1]).kill)
        server = DevServer(folder, ports[0], **served.environment)
        server.command = served.command
        stack.callback(server.kill)
        server.start()
        yield Services(postgres, server, ports[2], (served, stored, database))


def make_user(postgres: PostgresServer, settings: dict[str, str]) -> None:
    """What the image of Postgres does with its settings."""
    assert settings["POSTGRES_USER"] == "billp"
    postgres.query("postgres", f"ALTER USER billp PASSWORD '{settings['POSTGRES_PASSWORD']}'")
    postgres.new_database(settings["POSTGRES_DB"])


async def asked(client: LangGraphClient, thread: str, **call: Any) -> Any:
    """What the person of a thread is asked after a call, or the state of the ended session."""
    named = {"thread_id": thread, "if_exists": "do_nothing", "graph_id": "billp"}
    await client.threads.create(**named)  # type: ignore[arg-type]
    state: Any = await client.runs.wait(thread, "billp", context=PERSON, **call)
    return state["__interrupt__"][0]["value"] if "__interrupt__" in state else state


def answer(question: Any, rating: float | str) -> dict[str, Any]:
    said = {"end": True} if rating == "end" else {"rating": rating}
    return {"resume": {**said, "question": question["question"]}}


async def test_a_session_outlives_each_service(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    server, thread, alice = services.server, str(uuid.uuid4()), services.client(ALICE)
    first = await asked(alice, thread, input={"user": "anna", "viewed": ["Ember Garden"]})
    second = await asked(alice, thread, command=answer(first, 4))

    server.kill()
    shutil.rmtree(server.folder / ".langgraph_api")  # the lists of the development server
    server.start()
    with pytest.raises(APIError, match="Thread already exists"):
        await asked(services.client(BOB), thread, input={"user": "anna"})
    assert await asked(alice, thread, input={"user": "anna"}) == second

    monkeypatch.setenv("PGPASSWORD", GIVEN["POSTGRES_PASSWORD"])
    third = await answered_by_this_process(services, thread, answer(second, 2))
    fourth = await asked(alice, thread, command=answer(third, 5))
    assert (third["round"], fourth["round"]) == (3, 4)

    services.postgres.stop()
    with pytest.raises(APIError, match="cannot be read now: try again later"):
        await asked(alice, thread, command=answer(fourth, 3))
    services.postgres.start()
    fifth = await asked(alice, thread, command=answer(fourth, 3))
    ended = await asked(alice, thread, command=answer(fifth, "end"))
    assert [step["reward"] for step in ended["steps"]] == [4.0, 2.0, 5.0, 3.0]

    assert services.postgres.query("billp", "SELECT DISTINCT thread_id FROM checkpoints") == [
        thread
    ]
    assert not (server.home / "server").exists()
    assert not (server.home / "memory").exists()  # they are in the Chroma server


async def answered_by_this_process(services: Services, thread: str, given: Any) -> Any:
    """What is asked after an answer that a graph in Python was given."""
    address = f"postgresql://billp@127.0.0.1:{services.port}/billp"
    config: Any = {"configurable": {"thread_id": thread}}
    context = Context(human=True, max_rounds=9, memory="ephemeral")
    async with open_threads(address) as saver:
        graph = build_graph(checkpointer=saver)
        state = await graph.ainvoke(Command(resume=given["resume"]), config, context=context)
    return state["__interrupt__"][0].value


def test_each_service_says_that_it_is_well(services: Services) -> None:
    places = {"PGHOST": "127.0.0.1", "PGPORT": str(services.port)}
    for one in services.all:
        name = one.health[0]
        program = sys.executable if name == "python" else services.postgres.program(name)
        command = [program, *one.health[1:]]
        done = subprocess.run(command, env={**os.environ, **places}, check=False)
        assert done.returncode == 0, command


def test_no_secret_stands_in_the_file_and_no_tag_moves() -> None:
    for name, found in compose()["services"].items():
        version = found["image"].partition(":")[2]
        assert version[:1].isdigit(), name
        for key, value in found.get("environment", {}).items():
            if "PASSWORD" in key or "TOKEN" in key:
                assert str(value).startswith("${"), key
    assert ".env" not in (ROOT / ".dockerignore").read_text().replace("never .env", "")


def test_the_image_for_the_agent_server_has_the_pinned_packages(tmp_path: Path) -> None:
    made = tmp_path / "Dockerfile"
    command = [BIN / "langgraph", "dockerfile", "--config", ROOT / "langgraph.json", made]
    subprocess.run(command, check=True, capture_output=True)
    text = made.read_text()
    (pinned,) = re.findall(r"^langgraph-api==(.*)$", (ROOT / "constraints.txt").read_text(), re.M)
    assert f"FROM langchain/langgraph-api:{pinned}-py3.11" in text
    appended = text.index("constraints.txt >> /api/constraints.txt")
    installs = [found.start() for found in re.finditer(r"pip install .*", text)]
    assert installs[0] > appended
    assert text.count("--no-cache-dir -c /api/constraints.txt") == 2
