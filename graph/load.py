"""Makes the live parts of an episode from its context; blocking, and safe to call from threads."""

import asyncio
import os
import threading
from asyncio import AbstractEventLoop
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from functools import cache, lru_cache
from pathlib import Path
from weakref import WeakKeyDictionary

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from graph.arms import ARMS
from graph.clients import needs_tokens
from graph.open_memories import OpenMemories
from graph.progress import tell_loading
from home_folder import home
from models import (
    FREE,
    ROLES,
    ChatCall,
    Form,
    Ledger,
    ModelError,
    ModelSpec,
    Reply,
    ReplyCache,
    Role,
    connect,
    from_chat_model,
)
from models.connect import CONCURRENCY
from nodes import Arm, CatalogueSearch, Context, Grounder, Likeness, Parts, Taste
from simulator import HalfName, QuitRule, World, load_world
from simulator.errors import name_hint
from stores import Embedder, Memories, MemoryFolder, StoreError, default_embedder

SERVER_VARIABLE = "BILLP_CHROMA"
EPHEMERAL, DEFAULT, OFFLINE = "ephemeral", "default", "offline"

CONTEXTS = 64  # whose parts are cached for each event loop
MOST_MEMORIES = 64  # open at once

Load = Callable[[Context], Parts]
ChatModels = BaseChatModel | Mapping[Role, BaseChatModel]  # of all roles, or of those named

_lock = threading.RLock()
_memories = OpenMemories(MOST_MEMORIES)


def load_parts(
    context: Context, *, chat_model: ChatModels | None = None, memories: Memories | None = None
) -> Parts:
    """The parts for a context; a caller's own chat models and memories go before the context's.

    Embedder, catalogue search and memories are cached per process; of the memories, those used
    last.
    """
    own = _chat_calls(chat_model)
    chat = chat_for(context, own=own)  # outside the lock: a model file may have to be downloaded
    with _lock:
        arm = ARMS[context.arm]
        arm = replace(arm, fused=arm.fused or context.fused)
        tell_loading(f"world {context.world!r}")
        world = load_world(context.world, folders=not needs_tokens())
        embedder, catalogue_search, grounder, likeness = _catalogue_parts(world, context.keywords)
        if memories is None:
            memories = memories_for(context, arm, world, own)
        return Parts(
            arm=arm,
            world=world,
            half=world.half(context.half),
            rule=rule(context, world),
            embedder=embedder,
            catalogue_search=catalogue_search,
            likeness=likeness,
            taste=_taste(world, context.half),
            grounder=grounder,
            memories=memories,
            chat=chat,
        )


def chat_for(
    context: Context,
    ledger: Ledger | None = None,
    cache: ReplyCache | None = None,
    own: Mapping[Role, ChatCall] | None = None,
    concurrency: int = CONCURRENCY,
) -> ChatCall:
    """The chat calls of all roles, the `own` of some among them; each model is connected once."""
    specs = {role: spec_for(role, context) for role in ROLES if role not in (own or {})}
    calls = {
        spec: connect(spec, ledger, cache, concurrency) for spec in dict.fromkeys(specs.values())
    }
    by_role = {**{role: calls[specs[role]] for role in specs}, **(own or {})}

    async def chat(role: Role, messages: Sequence[BaseMessage], form: Form = FREE) -> Reply:
        return await by_role[role](role, messages, form)

    return chat


def _chat_calls(models: ChatModels | None) -> dict[Role, ChatCall]:
    """The chat call of each role for which a caller has a model."""
    if models is None:
        return {}
    by_role = dict.fromkeys(ROLES, models) if isinstance(models, BaseChatModel) else models
    for role in by_role:
        if role not in ROLES:
            raise ModelError(f"unknown role {role!r}: {name_hint(role, ROLES, 'roles')}")
    return {role: from_chat_model(model) for role, model in by_role.items()}


def rule(context: Context, world: World) -> QuitRule:
    """The world's quit rule with the context's changes."""
    changed = world.rule if context.window is None else world.rule.with_window(context.window)
    return changed.as_in_paper() if context.rules == "paper" else changed


def memories_for(
    context: Context, arm: Arm, world: World, own_roles: Collection[Role] = ()
) -> Memories:
    """The memories that a context names, one set per arm; empty ones for arms that do not learn."""
    if not (arm.reflects or arm.criticises):
        return _ephemeral(EPHEMERAL, world, arm, None)
    name = memory_name(context, own_roles)
    if name.rpartition(".")[2] == EPHEMERAL:
        return _ephemeral(name, world, arm, context.memory_capacity)
    place = f"{world.name}-{world.digest}" if world.digest else world.name
    address = os.environ.get(SERVER_VARIABLE)
    if address:
        return _on_server(address, f"{place}.{name}.{arm.name}", context.memory_capacity)
    return _in_folder(home() / "memory" / place / name / arm.name, context.memory_capacity)


def memory_name(context: Context, own_roles: Collection[Role] = ()) -> str:
    """The memory's name; what the offline model learned is kept apart from the default memory.

    Roles for which a caller has a model of its own are not offline, whatever the context says.
    """
    client, dot, name = context.memory.rpartition(".")
    connected = [spec_for(role, context).name for role in ROLES if role not in own_roles]
    offline = OFFLINE in connected
    return f"{client}{dot}{OFFLINE}" if offline and name == DEFAULT else context.memory


def spec_for(role: Role, context: Context) -> ModelSpec:
    """Which chat model a role is given."""
    name: str = getattr(context, f"{role}_model") or context.model
    return ModelSpec(
        name=name,
        base_url=context.base_url,
        temperature=context.temperature,
        seed=context.seed,
        epoch=context.epoch,
        structured=context.structured,
        reply_tokens=context.reply_tokens,
        thinking=context.thinking,
    )


class PartsCache:
    """Loads parts off the event loop; HTTP clients among them cannot be shared between loops."""

    def __init__(self, load: Load) -> None:
        self._load = load
        self._by_loop = WeakKeyDictionary[AbstractEventLoop, OrderedDict[Context, Parts]]()

    @asynccontextmanager
    async def use(self, context: Context) -> AsyncIterator[Parts]:
        """The parts for this context; their memories stay open meanwhile."""
        while True:
            parts = await self.get(context)
            with _memories.using(parts.memories) as are_open:
                if are_open:
                    yield parts
                    return
            self._of_this_loop().pop(context, None)

    async def get(self, context: Context) -> Parts:
        """The parts for this context; the least recently used ones are dropped."""
        cached = self._of_this_loop()
        if context not in cached:
            cached[context] = await asyncio.to_thread(self._load, context)
            while len(cached) > CONTEXTS:
                cached.popitem(last=False)
        cached.move_to_end(context)
        return cached[context]

    def _of_this_loop(self) -> OrderedDict[Context, Parts]:
        return self._by_loop.setdefault(asyncio.get_running_loop(), OrderedDict())


@cache
def _embedder() -> Embedder:
    tell_loading("the embedding model, at its first text")
    return default_embedder()


@lru_cache(maxsize=4)
def _catalogue_parts(
    world: World, keywords: bool
) -> tuple[Embedder, CatalogueSearch, Grounder, Likeness]:
    """Search, grounding and likeness; only the training half's rewards reach them."""
    embedder, cache = _embedder(), home() / "vectors"
    search = CatalogueSearch(world.catalogue, embedder, vector_cache=cache, keywords=keywords)
    grounder = Grounder(world.catalogue, embedder, vector_cache=cache)
    rewards = world.half("train").rewards
    return (
        embedder,
        search,
        grounder,
        Likeness(world.catalogue, search.vectors, rewards, world.users),
    )


@lru_cache(maxsize=8)
def _taste(world: World, half: HalfName) -> Taste:
    return Taste(world.expected(half))


def _ephemeral(name: str, world: World, arm: Arm, capacity: int | None) -> Memories:
    def open_memories() -> Memories:
        tell_loading(f"memory {name!r} of {arm.name}")
        return Memories.in_memory(_embedder(), capacity=capacity)

    return _memories.get((name, world, arm, capacity), open_memories)


@contextmanager
def open_folder(folder: Path) -> Iterator[MemoryFolder]:
    """The memories in a folder, those of this process's sessions if they are open."""
    while True:
        with _lock:
            memories = _in_folder(folder)
        with _memories.using(memories) as are_open:
            if are_open:
                assert isinstance(memories, MemoryFolder)
                yield memories
                return


def close_memories() -> None:
    """Closes the memories that no session uses."""
    with _lock:
        _memories.close_unused()


def _in_folder(folder: Path, capacity: int | None = None) -> Memories:
    def open_memories() -> Memories:
        tell_loading(f"memory {folder}")
        return Memories.in_folder(folder, _embedder(), capacity=capacity)

    return _with(capacity, _memories.get(folder, open_memories), str(folder))


def _on_server(address: str, name: str, capacity: int | None) -> Memories:
    def open_memories() -> Memories:
        tell_loading(f"memory {name!r} on the Chroma server")
        return Memories.on_server(address, name, _embedder(), capacity=capacity)

    return _with(capacity, _memories.get((address, name), open_memories), name)


def _with(capacity: int | None, memories: Memories, name: str) -> Memories:
    """Open memories, unless another capacity is asked for than they were opened with."""
    if capacity not in (None, memories.capacity):
        raise StoreError(
            f"memory {name} is open here with a capacity of {memories.capacity}: leave "
            f"memory_capacity out, give that one, or start this process again to have {capacity}"
        )
    return memories
