"""Compiled graphs that check what callers give them, and can be called without an event loop."""

from collections.abc import AsyncIterator, Iterator
from typing import Any, Generic, cast

from langchain_core.runnables import RunnableConfig
from langchain_core.runnables.config import DEFAULT_RECURSION_LIMIT
from langgraph.graph.state import CompiledStateGraph
from langgraph.typing import InputT, StateT

from graph.event_loop import iterate
from nodes import Context
from nodes.input_limits import input_problem
from simulator import WorldError
from simulator.errors import name_hint

STEP_LIMIT = 1_000_000  # sessions and trainings end by settings of their own, long before


class CheckedGraph(CompiledStateGraph[StateT, Context, InputT, StateT], Generic[StateT, InputT]):
    """A compiled graph whose every call goes through `astream`: `ainvoke`, chains and events too.

    LangChain fills in a step limit of 25 where a caller gives none; as LangChain itself does when
    it merges settings, this limit counts as none.
    """

    def astream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> AsyncIterator[Any]:
        """LangGraph's `astream`; an input with an unknown name, or too long a one, is refused."""
        if isinstance(input, dict) and not _is_node_of_another_graph(config):
            self._check_names(input)
            if problem := input_problem(input):
                raise WorldError(problem)
        return super().astream(input, _without_default_limit(config), **options)

    def stream(
        self, input: Any, config: RunnableConfig | None = None, **options: Any
    ) -> Iterator[Any]:
        """`astream` without an event loop of the caller's; works within a running one as well."""
        return iterate(lambda: self.astream(input, config, **options))

    def _check_names(self, given: dict[str, Any]) -> None:
        known = self.builder.input_schema.__annotations__
        unknown = next((name for name in given if name not in known), None)
        if unknown is not None:
            hint = name_hint(str(unknown), known, "inputs")
            raise WorldError(f"unknown input {unknown!r}: {hint}")


def checked(
    compiled: CompiledStateGraph[StateT, Context, InputT, StateT],
) -> CheckedGraph[StateT, InputT]:
    """The compiled graph as a `CheckedGraph`, made as LangGraph's own `copy` makes one."""
    graph: CheckedGraph[StateT, InputT] = CheckedGraph(**parts_of(compiled))
    return graph.with_config(recursion_limit=STEP_LIMIT)


def parts_of(compiled: CompiledStateGraph[Any, Any, Any, Any]) -> dict[str, Any]:
    """What a compiled graph is made of, as LangGraph's own `copy` takes it."""
    return {name: value for name, value in vars(compiled).items() if name != "__orig_class__"}


def _is_node_of_another_graph(config: RunnableConfig | None) -> bool:
    """Whether the input is the state of an outer graph, which may hold more."""
    return "langgraph_node" in ((config or {}).get("metadata") or {})


def _without_default_limit(config: RunnableConfig | None) -> RunnableConfig | None:
    if config is None or config.get("recursion_limit") != DEFAULT_RECURSION_LIMIT:
        return config
    kept = {name: value for name, value in config.items() if name != "recursion_limit"}
    return cast(RunnableConfig, kept)
