"""The graph as `langgraph dev` serves it to Studio and to clients."""

from collections.abc import Iterator
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient

from tests.system.processes import BIN, free_port, served

pytestmark = pytest.mark.system

CONTEXT = {"world": "demo", "memory": "dev-test", "max_rounds": 6}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dev")
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(BIN / "langgraph"), "dev", "--no-browser", "--no-reload", "--port", str(port)]
    with served(command, f"{address}/ok", folder / "log", BILLP_HOME=str(folder / "home")):
        yield address


@pytest.fixture
def client(address: str) -> LangGraphClient:
    return get_client(url=address)


async def run(
    client: LangGraphClient, given: Any, graph: str = "billp", **context: Any
) -> list[tuple[str, Any]]:
    """Every event of a run on a thread of its own."""
    thread = await client.threads.create()
    events = client.runs.stream(
        thread["thread_id"],
        graph,
        input=given,
        context={**CONTEXT, **context},
        stream_mode="updates",
    )
    return [(event.event, event.data) async for event in events]


async def assistant_of(client: LangGraphClient, graph: str) -> Any:
    return (await client.assistants.search(graph_id=graph))[0]


async def test_it_offers_both_graphs(client: LangGraphClient) -> None:
    offered = {found["graph_id"] for found in await client.assistants.search()}
    assert offered == {"billp", "trainer"}


async def test_the_form_describes_every_field_and_bounds_numbers(client: LangGraphClient) -> None:
    assistant = await assistant_of(client, "billp")
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    fields = schemas["context_schema"]["properties"]
    assert all(field.get("description") for field in fields.values())
    assert (fields["gamma"]["minimum"], fields["gamma"]["maximum"]) == (0, 0.99)
    assert "billp-no-macro" in fields["arm"]["enum"]
    assert schemas["input_schema"]["required"] == ["user"]
    assert schemas["input_schema"]["properties"]["user"]["description"]


async def test_every_node_is_drawn_with_a_description(client: LangGraphClient) -> None:
    assistant = await assistant_of(client, "billp")
    drawn: Any = await client.assistants.get_graph(assistant["assistant_id"])
    described = {
        node["id"] for node in drawn["nodes"] if node.get("metadata", {}).get("description")
    }
    assert described == {
        "arrive", "planner", "actor", "simulator", "critic", "reflector", "remember",
    }  # fmt: skip


async def test_a_run_streams_from_arrival_to_reflection_and_memory(client: LangGraphClient) -> None:
    events = await run(client, {"user": 3})
    assert "error" not in [kind for kind, _ in events]
    spoken = [name for kind, data in events if kind == "updates" for name in data]
    assert spoken[0] == "arrive"
    assert spoken[-1] == "remember"
    assert {"planner", "actor", "simulator", "critic", "reflector"} <= set(spoken)


async def test_what_one_run_taught_is_recalled_by_the_next(client: LangGraphClient) -> None:
    for _ in range(2):
        events = await run(client, {"user": 5}, memory="recalled")
    first_plan = next(data["planner"] for _, data in events if "planner" in (data or {}))
    assert first_plan["principles"]


async def test_a_thread_keeps_the_finished_episode(client: LangGraphClient) -> None:
    thread = await client.threads.create()
    await client.runs.wait(thread["thread_id"], "billp", input={"user": 3}, context=CONTEXT)
    state: Any = await client.threads.get_state(thread["thread_id"])
    assert len(state["values"]["steps"]) == state["values"]["ending"]["rounds"]


@pytest.mark.parametrize(
    ("given", "context", "message"),
    [
        ({"user": 3}, {"gamma": 2}, "gamma"),
        ({"user": 300}, {}, "users are 0 to 299"),
        ({"user": 3}, {"world": "dmeo"}, "did you mean 'demo'?"),
    ],
)
async def test_a_bad_run_ends_with_an_error_that_says_why(
    client: LangGraphClient, given: Any, context: dict[str, Any], message: str
) -> None:
    kind, data = (await run(client, given, **context))[-1]
    assert kind == "error"
    assert message in data["message"]


async def test_the_trainer_is_drawn_with_the_episode_inside(client: LangGraphClient) -> None:
    assistant = await assistant_of(client, "trainer")
    drawn: Any = await client.assistants.get_graph(assistant["assistant_id"], xray=True)
    assert {"draw", "commit", "episode:planner"} <= {node["id"] for node in drawn["nodes"]}


async def test_a_training_streams_its_batches_and_fills_the_memories(
    client: LangGraphClient,
) -> None:
    given = {"episodes": 4, "batch": 2}
    events = await run(client, given, "trainer", memory="trained")
    assert "error" not in [kind for kind, _ in events]
    commits = [data["commit"] for kind, data in events if kind == "updates" and "commit" in data]
    assert [[o["number"] for o in commit["outcomes"]] for commit in commits] == [[0, 1], [2, 3]]
    assert commits[-1]["rows"]["reflections"]
    taught = await run(client, {"user": 5}, memory="trained")
    assert next(data["planner"] for _, data in taught if "planner" in (data or {}))["principles"]
