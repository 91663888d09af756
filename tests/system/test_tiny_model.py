"""The nonsense of a real model with random weights flows through every role of an episode."""

import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from graph.episode import build_graph
from graph.load import load_parts
from models import LABELS, ROLES
from nodes import Context
from nodes.critic import highest_value
from simulator import load_world
from tests.graph.conftest import PATIENT
from tests.system.tiny_model import TinyModelServer

pytestmark = pytest.mark.system

ROUNDS = 3


@pytest.fixture(scope="module")
def server() -> Iterator[TinyModelServer]:
    with TinyModelServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.mark.parametrize("temperature", [0.1, 2.0])
async def test_an_episode_with_a_model_that_speaks_nonsense_runs_to_its_end(
    temperature: float, server: TinyModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    context = Context(
        model="openai:tiny-llama",
        base_url=server.address,
        temperature=temperature,
        memory="ephemeral",
        max_rounds=ROUNDS,
    )
    graph = build_graph(lambda wanted: replace(load_parts(wanted), rule=PATIENT))
    state = await graph.ainvoke({"user": 1}, context=context)
    ends = {prompt.rsplit("\n", 1)[-1] for prompt in server.asked}
    titles = set(load_world("demo").catalogue.titles)
    top = highest_value(context.gamma)
    assert ends == {LABELS[role] for role in ROLES}
    assert state["ending"]["rounds"] == len(state["steps"]) == ROUNDS
    assert {step["item"] for step in state["steps"]} <= titles
    assert all(step["thought"] for step in state["steps"])
    assert all(0.0 <= verdict["value"] <= top for verdict in state["verdicts"])
    assert state["reflection"]
    assert sum(used["calls"] for used in state["usage"]) <= len(server.asked)
    assert not any("recommend[" in said for said in server.said)  # it does speak nonsense
