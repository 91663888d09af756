"""Work that threads share: once for each text, all that waits at once, and errors for everyone."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stores.batched_encoder import BatchedEncoder

PATIENCE = 20.0
texts = st.sampled_from("abcdefghijklmnop")


class Work:
    """Upper case, as slowly as a test wants it, noting every batch."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.started, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.failure: BaseException | None = None

    def __call__(self, batch: list[str]) -> list[str]:
        self.batches.append(batch)
        self.started.set()
        assert self.go_on.wait(PATIENCE)
        if self.failure:
            raise self.failure
        return [text.upper() for text in batch]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def shared(work: Work) -> BatchedEncoder[str]:
    return BatchedEncoder(work, cache_size=100)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def ask_while_one_works(
    shared: BatchedEncoder[str], work: Work, callers: Sequence[Sequence[str]]
) -> list["Future[list[str]]"]:
    """Has a first caller at work until the others wait."""
    work.go_on.clear()
    with ThreadPoolExecutor(len(callers) + 1) as pool:
        first = pool.submit(shared, ["first"])
        assert work.started.wait(PATIENCE)
        waiting = len({text for asked in callers for text in asked} - {"first"})
        others = [pool.submit(shared, asked) for asked in callers]
        until(lambda: len(shared._queue) == waiting)
        work.go_on.set()
    return [first, *others]


@given(callers=st.lists(st.lists(texts, min_size=1, max_size=6), min_size=1, max_size=8))
@settings(deadline=None, max_examples=40)
def test_threads_get_what_they_asked_for_and_no_text_is_computed_twice(
    callers: list[list[str]],
) -> None:
    work = Work()
    shared = BatchedEncoder(work, cache_size=100)
    with ThreadPoolExecutor(len(callers)) as pool:
        found = list(pool.map(shared, callers))
    assert found == [[text.upper() for text in asked] for asked in callers]
    computed = [text for batch in work.batches for text in batch]
    assert sorted(computed) == sorted({text for asked in callers for text in asked})


def test_what_waits_while_one_works_is_computed_in_one_go(
    shared: BatchedEncoder[str], work: Work
) -> None:
    ask_while_one_works(shared, work, [["a"], ["b", "c"], ["d"], ["a", "d"]])
    assert [sorted(batch) for batch in work.batches] == [["first"], ["a", "b", "c", "d"]]


def test_a_text_that_is_being_computed_is_waited_for(
    shared: BatchedEncoder[str], work: Work
) -> None:
    _, other = ask_while_one_works(shared, work, [["first", "a"]])
    assert other.result() == ["FIRST", "A"]
    assert work.batches == [["first"], ["a"]]


def test_an_error_reaches_everyone_who_waits_for_it(
    shared: BatchedEncoder[str], work: Work
) -> None:
    work.failure = OSError("the model is gone")
    asked = ask_while_one_works(shared, work, [["a"], ["b"], ["a", "b"]])
    assert [str(one.exception()) for one in asked] == ["the model is gone"] * 4


@pytest.mark.parametrize("failure", [OSError("gone"), KeyboardInterrupt("stop")])
def test_what_failed_is_tried_again_when_it_is_asked_for_again(
    shared: BatchedEncoder[str], work: Work, failure: BaseException
) -> None:
    work.failure = failure
    with pytest.raises(type(failure)):
        shared(["a"])
    work.failure = None
    assert shared(["a", "b"]) == ["A", "B"]


def test_an_answer_of_the_wrong_length_is_an_error(work: Work) -> None:
    shared = BatchedEncoder(lambda batch: work(batch)[1:], cache_size=100)
    with pytest.raises(ValueError, match="zip"):
        shared(["a", "b"])


def test_only_the_latest_are_remembered(work: Work) -> None:
    shared = BatchedEncoder(work, cache_size=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        shared([text])
    assert work.batches == [["a"], ["b"], ["c"], ["b"]]
    assert len(shared) == 2
