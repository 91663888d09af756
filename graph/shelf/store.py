"""The memories as a LangGraph store that is only read: Studio and any SDK client look into it.

A search is by words, not by likeness: an index belongs to the process that has it open.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any

from langgraph.store.base import (
    BaseStore,
    GetOp,
    Item,
    ListNamespacesOp,
    MatchCondition,
    Op,
    Result,
    SearchItem,
    SearchOp,
)

from graph.shelf.items import Reader, item, items_of
from graph.shelf.places import Namespace, Place, place_of, places
from stores import MEMORIES, StoreError

MOST_FOUND = 1000  # items or namespaces of one answer
READ_ONLY = (
    "the store shows what sessions have learned, and nothing is written there: a session that "
    "learns does, and `POST /memories/forget` withdraws what a user or an episode taught"
)


@asynccontextmanager
async def open_shelf() -> AsyncIterator["MemoryShelf"]:
    """The store that langgraph.json names."""
    yield MemoryShelf()


class MemoryShelf(BaseStore):
    """Namespaces are owner, world, memory, arm and kind; keys are the rows' own."""

    def __init__(self) -> None:
        self._reader = Reader()

    def batch(self, ops: Iterable[Op]) -> list[Result]:
        """Answers in order; a write is refused."""
        return [self._answer(op) for op in ops]

    async def abatch(self, ops: Iterable[Op]) -> list[Result]:
        """Answers off the event loop, since journals are read."""
        return await asyncio.to_thread(self.batch, list(ops))

    def _answer(self, op: Op) -> Result:
        match op:
            case GetOp():
                return self._get(op.namespace, op.key)
            case SearchOp():
                return self._search(op)
            case ListNamespacesOp():
                return _namespaces(op)
        raise StoreError(READ_ONLY)

    def _get(self, namespace: Namespace, key: str) -> Item | None:
        *memory, kind = namespace or ("",)
        name = next((name for name in MEMORIES if name == kind), None)
        place = place_of(tuple(memory)) if name else None
        contents = self._reader.contents(place) if place else None
        if place is None or name is None or contents is None or key not in contents.rows[name]:
            return None
        found = item(place, contents, name, contents.rows[name][key])
        return Item(
            value=found.value,
            key=found.key,
            namespace=found.namespace,
            created_at=found.created_at,
            updated_at=found.updated_at,
        )

    def _search(self, op: SearchOp) -> list[SearchItem]:
        words, wanted = (op.query or "").casefold().split(), op.filter or {}
        found = (
            one
            for one in self._below(op.namespace_prefix)
            if _has_words(one.value, words)
            and all(_matches(one.value.get(name), told) for name, told in wanted.items())
        )
        start = max(0, op.offset)
        return list(islice(found, start, start + _bounded(op.limit)))

    def _below(self, prefix: Namespace) -> Iterator[SearchItem]:
        """Memory by memory, which is read when its turn comes."""
        for place in places(prefix[0] if prefix else None):
            kinds = [kind for kind in MEMORIES if _begins((*place.namespace, kind), prefix)]
            contents = self._reader.contents(place) if kinds else None
            for kind in kinds if contents else ():
                assert contents is not None
                yield from items_of(place, contents, kind)


def _namespaces(op: ListNamespacesOp) -> list[Namespace]:
    conditions = op.match_conditions or ()
    every = (namespace for place in places() for namespace in _of_kinds(place))
    fitting = (one for one in every if all(_fits(one, condition) for condition in conditions))
    distinct = dict.fromkeys(one[: op.max_depth] if op.max_depth else one for one in fitting)
    start = max(0, op.offset)
    return list(distinct)[start : start + _bounded(op.limit)]


def _of_kinds(place: Place) -> Iterator[Namespace]:
    return ((*place.namespace, kind) for kind in MEMORIES)


def _begins(namespace: Namespace, prefix: Namespace) -> bool:
    return namespace[: len(prefix)] == prefix


def _fits(namespace: Namespace, condition: MatchCondition) -> bool:
    path = condition.path
    if len(path) > len(namespace):
        return False
    start = 0 if condition.match_type == "prefix" else len(namespace) - len(path)
    return all(want in ("*", label) for want, label in zip(path, namespace[start:], strict=False))


def _bounded(limit: int) -> int:
    return min(max(0, limit), MOST_FOUND)


def _has_words(value: Mapping[str, Any], words: list[str]) -> bool:
    """Whether all words stand in what people read of an item, whatever their case."""
    if not words:
        return True
    parts = (value["text"], value["situation"] or "", value["note"], *value["facts"])
    said = "\n".join(map(str, parts)).casefold()
    return all(word in said for word in words)


def _matches(value: Any, wanted: Any) -> bool:
    """A filter as other stores have it; one value is also looked for in a list, as of users."""
    if isinstance(wanted, Mapping):
        return all(name in COMPARED and COMPARED[name](value, to) for name, to in wanted.items())
    if isinstance(value, list) and not isinstance(wanted, list):
        return str(wanted) in value or wanted in value
    return bool(value == wanted)


def _is_number(*values: Any) -> bool:
    return all(isinstance(one, int | float) for one in values)


COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "$eq": _matches,
    "$ne": lambda value, to: not _matches(value, to),
    "$gt": lambda value, to: _is_number(value, to) and value > to,
    "$gte": lambda value, to: _is_number(value, to) and value >= to,
    "$lt": lambda value, to: _is_number(value, to) and value < to,
    "$lte": lambda value, to: _is_number(value, to) and value <= to,
}
