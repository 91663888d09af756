"""The conversation graph: a person's message in, a recommendation and its reason out.

    START -> arrive -> listen --a proposal is open---> answer
                           --the next round------> critic beside planner -> actor -> answer
                           --ends----------------> critic beside reflector -> remember -> answer

Each run reads one message, and a thread holds the session in between; no run waits for a person.
The roles, their memories and the session's state are those of `graph/episode.py`, so a thread may
go from one graph to the other. An expired session is ended first, as there.
"""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any, Literal, cast

from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.constants import TAG_NOSTREAM
from langgraph.graph import END, START, StateGraph
from langgraph.runtime import Runtime

from graph.checked import STEP_LIMIT, CheckedGraph, parts_of
from graph.clients import context_of
from graph.episode import (
    DESCRIPTIONS,
    Node,
    Route,
    after_critic,
    bind,
    is_fused,
    plan_round,
    who_learns,
)
from graph.load import Load, PartsCache, load_parts
from models import Role
from nodes import Arm, EpisodeState, act, criticise, reflect, remember
from nodes.chat import (
    ChatContext,
    ChatInput,
    ChatState,
    answer,
    arrive_talking,
    listen,
    newest_human,
)
from simulator import WorldError

NodeName = Literal[
    "arrive", "listen", "planner", "actor", "critic", "reflector", "remember", "answer"
]
TALKING = {
    **DESCRIPTIONS,
    "arrive": "A person arrives, or goes on with their session.",
    "listen": "Understands the message: a rating, a refusal, a wish, a question or the end.",
    "answer": "Answers with an item of the catalogue and the reason for it.",
}
LEARNING = ("critic", "reflector", "remember")
NO_MESSAGE = (
    'messages holds nothing that a person says: send {"messages": [{"role": "user", "content": '
    '"what should I play?"}]}'
)


class ChatGraph(CheckedGraph[ChatState, ChatInput]):
    """A compiled conversation, whose input is one message of a person, whatever a client sends.

    So no input can write an answer, remove messages, or fill the thread with long ones. Whoever
    owns a thread may edit its state; prompts bound what they take from it.
    """

    def astream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[Any]:
        """`CheckedGraph.astream` with the newest human message of the input alone."""
        if isinstance(input, dict):
            run = (config or {}).get("configurable", {}).get("run_id")
            message = newest_human(input.get("messages"), str(run) if run else None)
            if message is None:
                raise WorldError(NO_MESSAGE)
            input = {**input, "messages": [message]}
        return super().astream(input, config, **options)


def chat_context_of(runtime: Runtime[Any]) -> ChatContext:
    """The caller's context, with a person as the user."""
    context = context_of(runtime)
    if not isinstance(context, ChatContext):  # a run without any context
        context = ChatContext(**vars(context))
    return replace(context, human=True)


def after_arriving(state: EpisodeState, arm: Arm) -> list[Any]:
    """On to the message, or first the end of an expired session."""
    return who_learns(state, arm) if state["ending"] else ["listen"]


def after_listening(state: EpisodeState, arm: Arm) -> list[Any]:
    """The roles that are still to speak before the answer; each speaks once a round."""
    if state["ending"]:
        return who_learns(state, arm) or ["answer"]
    if state["choice"] or cast(ChatState, state)["turn"]["exhausted"]:
        return ["answer"]
    judges = arm.criticises and not is_fused(arm) and not has_spoken(state, "critic")
    plans = arm.plans and not has_spoken(state, "planner")
    return [*["critic"] * judges, "planner" if plans else "actor"]


def has_spoken(state: EpisodeState, role: Role) -> bool:
    """Whether a role was asked before the coming round: the person then passed over an item."""
    coming = len(state["steps"]) + 1
    return any(used["role"] == role and used["round"] == coming for used in state["usage"])


def after_remembering(state: EpisodeState, arm: Arm) -> list[Any]:
    """The answer, or the arrival that waited for an expired session to be ended."""
    return ["arrive"] if state.get("ready") else ["answer"]


def build_chat(
    load: Load = load_parts, checkpointer: BaseCheckpointSaver[str] | None = None
) -> ChatGraph:
    """The compiled graph; `load` makes the live parts when the graph first runs.

    What the roles say is tagged so that it is not streamed as messages, beside the answer.
    """
    parts = PartsCache(load)
    builder = StateGraph(ChatState, context_schema=ChatContext, input_schema=ChatInput)

    def add(
        name: NodeName,
        node: Callable[..., Any],
        goes_to: tuple[str, ...] = (),
        route: Callable[[EpisodeState, Arm], list[Any]] | None = None,
        schema: type[Any] = EpisodeState,
    ) -> None:
        run = bind(name, cast(Node, node), parts, cast(Route, route), settings=chat_context_of)
        builder.add_node(
            name,
            run,
            metadata={"description": TALKING[name]},
            destinations=goes_to or None,
            input_schema=schema,
        )

    add("arrive", arrive_talking, ("listen", *LEARNING), after_arriving, ChatState)
    rounds = ("planner", "actor", "answer")
    add("listen", listen, (*rounds, *LEARNING), after_listening, ChatState)
    add("planner", plan_round)
    add("actor", act)
    add("critic", criticise, ("remember",), after_critic)
    add("reflector", reflect)
    add("remember", remember, ("arrive", "answer"), after_remembering)
    add("answer", answer, schema=ChatState)

    builder.add_edge(START, "arrive")
    builder.add_edge("planner", "actor")
    builder.add_edge("actor", "answer")
    builder.add_edge("reflector", "remember")
    builder.add_edge("answer", END)
    compiled = ChatGraph(**parts_of(builder.compile(checkpointer, name="chat")))
    return compiled.with_config(recursion_limit=STEP_LIMIT, tags=[TAG_NOSTREAM])


graph = build_chat()
