"""Requests to the server: bounded bodies, and no token in an address."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from graph.request_limits import BodyLimitMiddleware, removes_token
from graph.server_settings import number, run_limits

SIZE = 10


async def answer(parts: AsyncIterator[bytes]) -> tuple[int, Any]:
    """The status, and what the handler read or the refusal said."""
    sent: list[Any] = []

    async def app(_scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        assert not message["more_body"]
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": json.dumps(message["body"].decode())})

    async def receive() -> Any:
        try:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    limited = BodyLimitMiddleware(app, SIZE, seconds=0.2)
    await limited({"type": "http", "headers": []}, receive, send)
    return sent[0]["status"], json.loads(sent[1]["body"])


async def trickle(*parts: bytes, pause: float = 0.0) -> AsyncIterator[bytes]:
    for part in parts:
        yield part
        await asyncio.sleep(pause)


async def test_a_body_within_the_limits_arrives_as_a_whole() -> None:
    assert await answer(trickle(b"01234", b"56789")) == (200, "0123456789")


async def test_a_body_that_is_too_long_is_refused() -> None:
    status, told = await answer(trickle(*[b"x" * SIZE] * 1000))
    assert (status, told["detail"]) == (413, "the request's body is longer than 10 bytes")


async def test_a_body_that_trickles_is_refused() -> None:
    status, told = await answer(trickle(*[b"x"] * SIZE, pause=0.1))
    assert status == 408
    assert "did not arrive within" in told["detail"]


@pytest.mark.parametrize(
    "query",
    [
        "token=x",
        "limit=3&api_key=x",
        "X-Api-Key=x",
        "authorization=Bearer%20x",
        "q=s%65cret",
        "TOKEN",
    ],
)
def test_a_token_in_an_address_is_found_and_removed(query: str) -> None:
    scope: dict[str, Any] = {"query_string": query.encode()}
    assert removes_token(scope, lambda text: text == "secret")
    assert scope["query_string"] == b""


@pytest.mark.parametrize("query", ["", "limit=3", "stream_mode=values&key=token"])
def test_other_queries_stay(query: str) -> None:
    scope: dict[str, Any] = {"query_string": query.encode()}
    assert not removes_token(scope, lambda text: text == "secret")
    assert scope["query_string"] == query.encode()


def test_a_client_may_have_half_of_the_workers_busy_unless_the_operator_says_otherwise() -> None:
    assert run_limits({"N_JOBS_PER_WORKER": "20"}, tokens=True).runs == 10
    assert run_limits({}, tokens=True).runs == 1
    given = run_limits({"BILLP_CLIENT_RUNS": "3", "BILLP_CLIENT_WAITING": "4"}, tokens=True)
    assert (given.runs, given.waiting) == (3, 4)


@pytest.mark.parametrize("given", ["0", "-1", "many", "1.5"])
def test_a_limit_that_is_no_number_is_refused(given: str) -> None:
    with pytest.raises(ValueError, match="BILLP_CLIENT_RUNS must be a whole number from 1"):
        number({"BILLP_CLIENT_RUNS": given}, "BILLP_CLIENT_RUNS", 1)
