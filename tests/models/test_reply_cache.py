"""Kept replies: asked for once, by whoever comes first, and there the next time."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from models import ModelError, ReplyCache

CALLERS = 16


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "replies.sqlite"


@pytest.fixture
def cache(path: Path) -> Iterator[ReplyCache]:
    with closing(ReplyCache(path)) as cache:
        yield cache


class Source:
    """Something to ask, which counts, can be held up, and fails as often as told."""

    def __init__(self, failures: int = 0) -> None:
        self.asked = 0
        self.failures = failures
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def ask(self) -> str:
        self.asked += 1
        self.begun.set()
        await self.go_on.wait()
        if self.failures:
            self.failures -= 1
            raise RuntimeError(f"failure {self.asked}")
        return f"reply {self.asked}"


async def get(cache: ReplyCache, key: str, ask: Callable[[], Awaitable[str]]) -> str:
    """The reply as a chat call gets it."""
    async with cache.exclusive(key):
        known = await cache.find(key)
        return known if known is not None else await cache.keep(key, await ask())


async def never() -> str:
    raise AssertionError("asked for what is known")


def saying(text: str) -> Callable[[], Awaitable[str]]:
    async def say() -> str:
        return text

    return say


async def test_what_was_asked_for_is_not_asked_again_not_even_later(path: Path) -> None:
    with closing(ReplyCache(path)) as cache:
        assert await get(cache, "a", saying("reply")) == "reply"
        assert await get(cache, "a", never) == "reply"
    with closing(ReplyCache(path)) as cache:
        assert await get(cache, "a", never) == "reply"


async def test_each_key_has_its_own_reply(cache: ReplyCache) -> None:
    await get(cache, "a", saying("to a"))
    await get(cache, "b", saying("to b"))
    assert [await get(cache, key, never) for key in "aba"] == ["to a", "to b", "to a"]


async def test_those_who_ask_the_same_at_once_are_served_by_one_request(cache: ReplyCache) -> None:
    source = Source()
    asking = [asyncio.create_task(get(cache, "a", source.ask)) for _ in range(CALLERS)]
    await source.begun.wait()
    source.go_on.set()
    assert await asyncio.gather(*asking) == ["reply 1"] * CALLERS
    assert source.asked == 1


def test_event_loops_that_ask_the_same_at_once_are_served_by_one_request(cache: ReplyCache) -> None:
    all_there, asked = threading.Barrier(CALLERS), list[str]()

    async def ask() -> str:
        asked.append("once")
        return "reply"

    def call(_: int) -> str:
        all_there.wait()
        return asyncio.run(get(cache, "a", ask))

    with ThreadPoolExecutor(CALLERS) as pool:
        assert list(pool.map(call, range(CALLERS))) == ["reply"] * CALLERS
    assert asked == ["once"]


async def test_another_event_loop_waits_as_well(cache: ReplyCache) -> None:
    source = Source()
    first = asyncio.create_task(get(cache, "a", source.ask))
    await source.begun.wait()

    elsewhere = asyncio.to_thread(asyncio.run, get(cache, "a", never))
    second = asyncio.create_task(elsewhere)
    await asyncio.sleep(0.05)  # for it to be there; who comes later finds the reply in the file
    source.go_on.set()
    assert [await first, await second] == ["reply 1", "reply 1"]


async def test_what_one_asks_holds_up_nobody_who_asks_something_else(cache: ReplyCache) -> None:
    held, free = Source(), Source()
    free.go_on.set()
    asking = asyncio.create_task(get(cache, "a", held.ask))
    await held.begun.wait()
    assert await get(cache, "b", free.ask) == "reply 1"
    held.go_on.set()
    await asking


async def test_when_the_one_who_asks_fails_the_next_one_asks(cache: ReplyCache) -> None:
    source = Source(failures=2)
    asking = [asyncio.create_task(get(cache, "a", source.ask)) for _ in range(CALLERS)]
    await source.begun.wait()
    source.go_on.set()
    told = await asyncio.gather(*asking, return_exceptions=True)
    failed = [str(one) for one in told if isinstance(one, RuntimeError)]
    assert sorted(failed) == ["failure 1", "failure 2"]
    assert told.count("reply 3") == CALLERS - 2
    assert source.asked == 3


async def test_when_the_one_who_asks_is_cancelled_the_next_one_asks(cache: ReplyCache) -> None:
    source = Source()
    first = asyncio.create_task(get(cache, "a", source.ask))
    await source.begun.wait()
    second = asyncio.create_task(get(cache, "a", source.ask))
    await asyncio.sleep(0)
    first.cancel()
    source.go_on.set()
    assert await second == "reply 2"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_who_is_cancelled_while_waiting_disturbs_nobody(cache: ReplyCache) -> None:
    source = Source()
    asking = [asyncio.create_task(get(cache, "a", source.ask)) for _ in range(3)]
    await source.begun.wait()
    asking[1].cancel()
    await asyncio.sleep(0)
    source.go_on.set()
    assert await asking[0] == await asking[2] == "reply 1"
    assert source.asked == 1


async def test_of_two_who_share_a_file_the_first_to_keep_a_reply_is_right(
    path: Path, cache: ReplyCache
) -> None:
    with closing(ReplyCache(path)) as other:

        async def ask() -> str:
            await get(other, "a", saying("theirs"))
            return "mine"

        assert await get(cache, "a", ask) == "theirs"
        assert await get(cache, "a", never) == "theirs"


async def test_while_another_process_writes_a_reader_waits_in_a_thread(
    path: Path, cache: ReplyCache
) -> None:
    await get(cache, "a", saying("reply"))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        finding = asyncio.create_task(cache.find("a"))
        await asyncio.sleep(0.05)  # the loop goes on meanwhile
        assert not finding.done()
        other.execute("COMMIT")
        assert await finding == "reply"


def test_caches_that_are_opened_and_filled_at_once_share_a_new_file(path: Path) -> None:
    all_there = threading.Barrier(CALLERS)

    async def fill(number: int) -> None:
        all_there.wait()
        with closing(ReplyCache(path)) as cache:
            for key in range(20):
                await get(cache, f"{number} {key}", saying("reply"))

    with ThreadPoolExecutor(CALLERS) as pool:
        list(pool.map(lambda number: asyncio.run(fill(number)), range(CALLERS)))
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("SELECT count(*) FROM replies").fetchone() == (CALLERS * 20,)


@pytest.mark.parametrize(
    "damage", [b"this is a letter, not a cache" * 200, b"SQLite format 3\0oops"]
)
def test_a_file_that_is_no_database_is_said_to_be_damaged(damage: bytes, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(damage)
    with pytest.raises(ModelError, match=r"replies\.sqlite is damaged .*: delete it, and") as told:
        ReplyCache(path)
    assert "\n" not in str(told.value)
    assert path.read_bytes() == damage


async def test_a_cache_whose_pages_were_overwritten_is_said_to_be_damaged(path: Path) -> None:
    with closing(ReplyCache(path)) as cache:
        for key in range(500):
            await get(cache, str(key), saying("reply" * 20))
    data = path.read_bytes()
    path.write_bytes(data[:4096] + b"\xa5" * (len(data) - 4096))
    with closing(ReplyCache(path)) as cache, pytest.raises(ModelError, match="delete it, and"):
        await get(cache, "7", never)


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as file:
        file.execute("CREATE TABLE letters (text TEXT)")
        file.commit()
    before = path.read_bytes()
    with pytest.raises(ModelError, match="is not a reply cache of this version: name another"):
        ReplyCache(path)
    assert path.read_bytes() == before


def test_a_place_where_no_file_can_be_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"the reply cache .* cannot be used: unable to open"):
        ReplyCache(tmp_path)
