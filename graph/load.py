"""Makes the live parts of an episode from its context; blocking, and safe to call from threads."""

import asyncio
import os
import threading
from asyncio import AbstractEventLoop
from collections import OrderedDict
from collections.abc import Callable, Sequence
from functools import cache, lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from langchain_core.messages import BaseMessage

from graph.arms import ARMS
from graph.clients import needs_tokens
from models import ROLES, ChatCall, Ledger, ModelSpec, Reply, ReplyCache, Role, connect
from nodes import Arm, CatalogueSearch, Context, Grounder, Parts
from simulator import QuitRule, World, home, load_world
from stores import Embedder, Memories, MemoryFolder, SentenceEmbedder, StoreError, in_memory, server

SERVER_VARIABLE = "BILLP_CHROMA"
EPHEMERAL, DEFAULT, OFFLINE = "ephemeral", "default", "offline"

CONTEXTS = 64  # whose parts are cached for each event loop

Load = Callable[[Context], Parts]

_lock = threading.RLock()


def load_parts(context: Context) -> Parts:
    """The parts for a context; embedder, catalogue search and memories are cached per process."""
    with _lock:
        arm = ARMS[context.arm]
        world = load_world(context.world, folders=not needs_tokens())
        embedder, catalogue_search, grounder = _catalogue_parts(world)
        return Parts(
            arm=arm,
            world=world,
            half=world.half(context.half),
            rule=rule(context, world),
            embedder=embedder,
            catalogue_search=catalogue_search,
            grounder=grounder,
            memories=memories_for(context, arm, world),
            chat=chat_for(context),
        )


def chat_for(
    context: Context, ledger: Ledger | None = None, cache: ReplyCache | None = None
) -> ChatCall:
    """The chat calls of all roles, each distinct model connected once."""
    specs = {role: spec_for(role, context) for role in ROLES}
    calls = {spec: connect(spec, ledger, cache) for spec in dict.fromkeys(specs.values())}

    async def chat(role: Role, messages: Sequence[BaseMessage]) -> Reply:
        return await calls[specs[role]](role, messages)

    return chat


def rule(context: Context, world: World) -> QuitRule:
    """The world's quit rule with the context's changes."""
    changed = world.rule if context.window is None else world.rule.with_window(context.window)
    return changed.as_in_paper() if context.rules == "paper" else changed


def memories_for(context: Context, arm: Arm, world: World) -> Memories:
    """The memories that a context names, one set per arm; empty ones for arms that do not learn."""
    if not (arm.reflects or arm.criticises):
        return _ephemeral(EPHEMERAL, world, arm)
    name = memory_name(context)
    if name.rpartition(".")[2] == EPHEMERAL:
        return _ephemeral(name, world, arm)
    place = f"{world.name}-{world.digest}" if world.digest else world.name
    address = os.environ.get(SERVER_VARIABLE)
    if address:
        return _on_server(address, f"{place}.{name}.{arm.name}")
    return _in_folder(home() / "memory" / place / name / arm.name)


def memory_name(context: Context) -> str:
    """The memory's name; what the offline model learned is kept apart from the default memory."""
    client, dot, name = context.memory.rpartition(".")
    offline = any(spec_for(role, context).name == OFFLINE for role in ROLES)
    return f"{client}{dot}{OFFLINE}" if offline and name == DEFAULT else context.memory


def spec_for(role: Role, context: Context) -> ModelSpec:
    """Which chat model a role is given."""
    name: str = getattr(context, f"{role}_model") or context.model
    return ModelSpec(
        name, context.base_url, context.temperature, context.seed, context.epoch, context.structured
    )


class PartsCache:
    """Loads parts off the event loop; HTTP clients among them cannot be shared between loops."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._by_loop = WeakKeyDictionary[AbstractEventLoop, OrderedDict[Context, Parts]]()

    async def get(self, context: Context) -> Parts:
        """The parts for this context; the least recently used ones are dropped."""
        cached = self._by_loop.setdefault(asyncio.get_running_loop(), OrderedDict())
        if context not in cached:
            cached[context] = await asyncio.to_thread(self._load, context)
            while len(cached) > CONTEXTS:
                cached.popitem(last=False)
        cached.move_to_end(context)
        return cached[context]


@lru_cache(maxsize=1)
def _embedder() -> Embedder:
    return SentenceEmbedder()


@lru_cache(maxsize=4)
def _catalogue_parts(world: World) -> tuple[Embedder, CatalogueSearch, Grounder]:
    """Search and grounding; only the training half's rewards reach them."""
    embedder, cache = _embedder(), home() / "vectors"
    rewards = world.half("train").rewards
    search = CatalogueSearch(world.catalogue, rewards, embedder, vector_cache=cache)
    return embedder, search, Grounder(world.catalogue, embedder, vector_cache=cache)


@cache
def _ephemeral(_name: str, _world: World, _arm: Arm) -> Memories:
    embedder = _embedder()
    return Memories(in_memory(embedder.name), embedder)


@cache
def _in_folder(folder: Path) -> Memories:
    return MemoryFolder(folder, _embedder())


@cache
def _on_server(address: str, namespace: str) -> Memories:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise StoreError(f"{SERVER_VARIABLE}={address!r} is not HOST:PORT")
    embedder = _embedder()
    return Memories(server(host, int(port), namespace, embedder.name), embedder)
