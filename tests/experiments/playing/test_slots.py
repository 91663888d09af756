"""Places for episodes: never more than there are, and none once something went wrong."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.playing.run import Slots
from models import LimitReachedError, StoppedError


@given(places=st.integers(1, 5), pauses=st.lists(st.integers(0, 3), max_size=12))
def test_no_more_are_at_work_than_there_are_places_and_all_get_one(
    places: int, pauses: list[int]
) -> None:
    at_work, most, done = 0, 0, 0

    async def work(slots: Slots, pause: int) -> None:
        nonlocal at_work, most, done
        async with slots.slot():
            at_work += 1
            most = max(most, at_work)
            for _ in range(pause):
                await asyncio.sleep(0)
            at_work -= 1
        done += 1

    async def all_of_them() -> None:
        slots = Slots(places)
        await asyncio.gather(*(work(slots, pause) for pause in pauses))

    asyncio.run(all_of_them())
    assert most <= places
    assert done == len(pauses)


async def test_places_are_given_in_the_order_in_which_they_were_asked_for() -> None:
    slots, order = Slots(1), list[int]()

    async def work(number: int) -> None:
        async with slots.slot():
            await asyncio.sleep(0)
            order.append(number)

    await asyncio.gather(*map(work, range(5)))
    assert order == list(range(5))


async def test_who_waits_for_the_end_waits_for_everybody() -> None:
    slots, left = Slots(2), list[str]()

    async def work(name: str, pauses: int) -> None:
        async with slots.slot():
            for _ in range(pauses):
                await asyncio.sleep(0)
        left.append(name)

    async def end() -> None:
        await slots.drained()
        left.append("empty")

    working = [asyncio.create_task(work("short", 1)), asyncio.create_task(work("long", 5))]
    await asyncio.sleep(0)
    await asyncio.gather(end(), *working)
    assert left.index("empty") > left.index("short")
    assert set(left) == {"short", "long", "empty"}


async def test_a_place_is_free_again_after_an_error() -> None:
    slots = Slots(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="oops"):
            async with slots.slot():
                raise ValueError("oops")
    await asyncio.wait_for(slots.drained(), timeout=5)


async def test_who_waits_for_a_place_is_told_why_there_are_no_more() -> None:
    slots, begun = Slots(1), list[str]()

    async def work() -> None:
        async with slots.slot():
            begun.append("work")
            await asyncio.sleep(0)
            slots.close(LimitReachedError("enough"))

    async def wait() -> None:
        async with slots.slot():
            begun.append("wait")

    ends = await asyncio.gather(work(), wait(), wait(), return_exceptions=True)
    assert [str(end) for end in ends] == ["None", "enough", "enough"]
    assert begun == ["work"]


def test_what_went_wrong_counts_more_than_that_others_stopped_for_it() -> None:
    slots = Slots(1)
    slots.close(StoppedError("interrupted"))
    slots.close(StoppedError("later"))
    assert str(slots.closed) == "interrupted"
    slots.close(OSError("disk full"))
    slots.close(OSError("later"))
    slots.close(StoppedError("later still"))
    assert str(slots.closed) == "disk full"
