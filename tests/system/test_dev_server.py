"""The graph as `langgraph dev` serves it to Studio and to clients."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from langgraph_sdk import get_client
from langgraph_sdk.client import LangGraphClient
from langgraph_sdk.errors import UnprocessableEntityError
from langgraph_sdk.schema import StreamPart

from tests.system.processes import BIN, free_port, served

pytestmark = pytest.mark.system

CONTEXT = {"world": "demo", "memory": "dev-test", "max_rounds": 6}


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the server says."""
    return tmp_path_factory.mktemp("dev") / "log"


@pytest.fixture(scope="module")
def address(log: Path) -> Iterator[str]:
    """A server that has warmed up."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [str(BIN / "langgraph"), "dev", "--no-browser", "--no-reload", "--port", str(port)]
    settings = {"BILLP_HOME": str(log.parent / "home"), "BILLP_WARM_UP": "demo"}
    with served(command, f"{address}/ok", log, **settings):
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


async def collected(events: AsyncIterator[StreamPart]) -> list[StreamPart]:
    return [event async for event in events]


def events_of(events: list[StreamPart], kind: str) -> list[StreamPart]:
    return [event for event in events if event.event == kind]


async def assistant_of(client: LangGraphClient, graph: str) -> Any:
    return (await client.assistants.search(graph_id=graph))[0]


async def test_it_offers_all_graphs(client: LangGraphClient) -> None:
    offered = {found["graph_id"] for found in await client.assistants.search()}
    assert offered == {"billp", "trainer", "chat"}


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
        ({"usr": 1}, {}, "unknown input 'usr': did you mean 'user'?"),
    ],
)
async def test_a_bad_run_ends_with_an_error_that_says_why(
    client: LangGraphClient, given: Any, context: dict[str, Any], message: str
) -> None:
    kind, data = (await run(client, given, **context))[-1]
    assert kind == "error"
    assert message in data["message"]


@pytest.mark.parametrize("graph", ["billp", "trainer"])
async def test_an_unknown_setting_is_refused_before_the_run_begins(
    graph: str, client: LangGraphClient
) -> None:
    with pytest.raises(UnprocessableEntityError) as refused:
        await run(client, {"user": 3}, graph, K=3)
    assert "unknown setting 'K': did you mean 'reflections'?" in str(refused.value.body)


async def test_an_assistant_with_an_unknown_setting_is_refused(client: LangGraphClient) -> None:
    with pytest.raises(UnprocessableEntityError) as refused:
        await client.assistants.create("billp", context={"gama": 0.3})
    assert "did you mean 'gamma'?" in str(refused.value.body)


async def test_an_assistant_with_settings_of_its_own_plays_with_them(
    client: LangGraphClient,
) -> None:
    assistant = await client.assistants.create("billp", context={**CONTEXT, "max_rounds": 1})
    state: Any = await client.runs.wait(None, assistant["assistant_id"], input={"user": 3})
    assert len(state["steps"]) == 1


async def test_a_client_who_streams_custom_events_is_told_what_is_going_on(
    client: LangGraphClient,
) -> None:
    events = client.runs.stream(
        None, "billp", input={"user": 3}, context=CONTEXT, stream_mode="custom"
    )
    told = [event.data for event in events_of(await collected(events), "custom")]
    planning = {"event": "planner", "round": 1, "status": "started"}
    assert any(planning.items() <= event.items() for event in told)
    assert told[-1]["event"] == "remember"
    assert told[-1]["status"] == "finished"


async def test_a_client_who_streams_events_needs_no_step_limit(client: LangGraphClient) -> None:
    events = client.runs.stream(
        None, "billp", input={"user": 3}, context=CONTEXT, stream_mode="events"
    )
    assert events_of(await collected(events), "error") == []


@pytest.mark.usefixtures("address")
def test_a_warm_server_has_loaded_what_a_session_needs(log: Path) -> None:
    assert "world 'demo' is ready, after " in log.read_text(errors="replace")


async def test_a_chat_page_shows_answers_alone_and_finds_the_conversation_again(
    client: LangGraphClient,
) -> None:
    assistant = await client.assistants.create("chat", context={"memory": "chats", "user": 3})
    schemas: Any = await client.assistants.get_schemas(assistant["assistant_id"])
    assert schemas["input_schema"]["properties"]["messages"]["type"] == "array"
    assert schemas["context_schema"]["properties"]["user"]["description"]
    thread = (await client.threads.create())["thread_id"]
    for number, text in enumerate(
        ("what should I play tonight?", "4", "not horror", "why?", "bye")
    ):
        said = {"id": f"m{number}", "type": "human", "content": [{"type": "text", "text": text}]}
        events = client.runs.stream(
            thread,
            assistant["assistant_id"],
            input={"messages": [said]},
            stream_mode=["messages-tuple", "values"],
            stream_subgraphs=True,
            stream_resumable=True,
        )
        told = await collected(events)
        streamed = [event.data[0]["content"] for event in events_of(told, "messages")]
        values = events_of(told, "values")[-1].data
        shown = [(one["type"], one["content"]) for one in values["messages"]]
        assert shown[-2:] == [("human", text), ("ai", streamed[0])]
        assert len(streamed) == 1
        assert len(shown) == 2 * (number + 1)
    assert [step["reward"] for step in values["steps"]] == [4.0]
    assert values["unwanted"]["genres"] == ["Horror"]
    assert values["remembered"]["reflections"] == 1
    kept: Any = await client.threads.get_state(thread)
    assert kept["values"]["messages"] == values["messages"]


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
