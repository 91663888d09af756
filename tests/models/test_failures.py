"""What servers say when something is wrong, in their own ways, and what it means here."""

from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from openai import APIError, APIStatusError

from models import (
    AccessRefusedError,
    CallError,
    LimitReachedError,
    ModelError,
    PromptTooLongError,
    QuotaUsedUpError,
    RequestRefusedError,
    UnknownModelError,
)
from models.failures import Failure, failure_of

Status = type[CallError] | None


class Refusal(APIStatusError):
    """A status and a body, without the request that led to them."""

    def __init__(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        Exception.__init__(self, f"Error code: {status} - {body}")
        self.status_code, self.body = status, body
        self.response = type("Response", (), {"headers": headers or {}})()


def failure(error: Exception) -> Failure:
    found = failure_of(error, str)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("status", "said", "lasting"),
    [
        (400, {"message": "Input is too long", "code": "context_length_exceeded"}, "long"),
        (400, {"message": "maximum context length is 2048 tokens"}, "long"),
        (400, {"message": "the request exceeds the available context size"}, "long"),
        (413, {"message": "prompt is too long: 210000 tokens > 200000 maximum"}, "long"),
        (429, {"message": "Request too large for gpt-x on tokens per min"}, "long"),
        (429, {"message": "Check your plan.", "code": "insufficient_quota"}, "quota"),
        (402, {"message": "Insufficient credits"}, "quota"),
        (401, "Unauthorized", "access"),
        (403, "<html><title>Forbidden</title></html>", "access"),
        (404, {"message": "model 'x' not found, try pulling it first"}, "model"),
        (405, None, "refused"),
        (422, {"detail": [{"msg": "Field required"}]}, "refused"),
        (501, None, "refused"),
        (408, None, None),
        (409, None, None),
        (425, None, None),
        (429, {"message": "Rate limit reached"}, None),
        (500, {"message": "The server had an error"}, None),
        (502, "<html><title>Bad Gateway</title></html>", None),
        (503, {"message": "Loading model"}, None),
        (504, "context deadline exceeded", None),
        (529, {"message": "Overloaded"}, None),
    ],
)
def test_a_status_and_what_is_said_tell_whether_it_lasts(
    status: int, said: Any, lasting: str | None
) -> None:
    kinds: dict[str | None, Status] = {
        "long": PromptTooLongError,
        "quota": QuotaUsedUpError,
        "access": AccessRefusedError,
        "model": UnknownModelError,
        "refused": RequestRefusedError,
        None: None,
    }
    found = failure(Refusal(status, said))
    assert found.lasting is kinds[lasting]
    assert found.why.startswith(f"{status}: ")
    assert "<" not in found.why


@pytest.mark.parametrize(
    ("error", "lasting"),
    [
        (ValueError({"message": "No auth credentials found", "code": 401}), AccessRefusedError),
        (ValueError({"message": "it broke", "code": 500}), None),
        (ValueError({"message": "it broke", "code": "x"}), None),
        (ValueError("it broke"), None),
        (IndexError("list index out of range"), None),
        (APIError("exceeds the context window", request=None, body=None), PromptTooLongError),  # type: ignore[arg-type]
    ],
)
def test_what_stands_in_the_body_of_a_200_counts_as_well(error: Exception, lasting: Status) -> None:
    assert failure(error).lasting is lasting


def other_packages_failure(**attributes: Any) -> Exception:
    """An exception as clients of other providers raise it, which keep a status in many places."""
    return type("SomeClientError", (Exception,), attributes)("Error 400")


@pytest.mark.parametrize(
    "attributes",
    [
        {"status_code": 401, "body": {"error": {"message": "no such key", "type": "x"}}},
        {"code": 401, "details": {"error": {"code": 401, "message": "no such key"}}},
        {
            "response": SimpleNamespace(status_code=401, headers={}),
            "body": {"message": "no such key"},
        },
        {
            "response": {
                "Error": {"Code": "UnrecognizedClientException", "Message": "no such key"},
                "ResponseMetadata": {"HTTPStatusCode": 401, "HTTPHeaders": {}},
            }
        },
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_status_is_found_where_other_clients_keep_it(
    attributes: dict[str, Any], wrapped: bool
) -> None:
    error = other_packages_failure(**attributes)
    if wrapped:
        outer = RuntimeError("the model failed")
        outer.__cause__, error = error, outer
    found = failure(error)
    assert (found.status, found.lasting) == (401, AccessRefusedError)
    assert found.why.startswith("401: no such key")


def test_throttling_of_botocore_says_how_long_to_wait() -> None:
    told = {"HTTPStatusCode": 429, "HTTPHeaders": {"retry-after": "3"}}
    found = failure(other_packages_failure(response={"ResponseMetadata": told}))
    assert (found.status, found.wait, found.lasting) == (429, 3.0, None)


@pytest.mark.parametrize(
    ("name", "why"),
    [("ReadTimeout", "it did not answer in time"), ("ConnectError", "connection error: refused")],
)
def test_failures_on_the_way_are_known_by_their_kind(name: str, why: str) -> None:
    error: Exception = getattr(httpx, name)("refused")
    assert failure(error).why.startswith(why)
    assert failure(error).unreachable is (name == "ConnectError")


@pytest.mark.parametrize(
    ("told", "option"),
    [
        ("Unsupported value: 'temperature' does not support 0.5 with this model.", "temperature"),
        ("[{'type': 'extra_forbidden', 'loc': ['body', 'seed']}]", "seed"),
        ("Unrecognized request argument supplied: stream_options", "stream_options"),
        ("unknown field `seed`", "seed"),
        ("`temperature` is deprecated for this model.", "temperature"),
        ("stop_sequences: each stop sequence must contain non-whitespace", "stop"),
        ("the model did not stop", None),
        ("temperature must be between 0 and 1", None),
        ("messages must not be empty", None),
    ],
)
def test_an_option_that_is_not_taken_is_told_from_a_value_that_is_not(
    told: str, option: str | None
) -> None:
    sent = ("temperature", "seed", "stream_options", "stop")
    assert failure(Refusal(400, {"message": told})).option(sent) == option


@pytest.mark.parametrize(
    "told", ["response_format is not supported", "Invalid schema", "json_schema: bad", "no grammar"]
)
def test_a_schema_that_is_not_taken_is_left_out_whatever_is_wrong_with_it(told: str) -> None:
    sent = ("response_format",)
    expected = None if told == "Invalid schema" else "response_format"
    assert failure(Refusal(400, {"message": told})).option(sent) == expected
    assert failure(Refusal(400, {"message": told})).option(()) is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "3"}, 3.0),
        ({"retry-after": "0.5"}, 0.5),
        ({"retry-after-ms": "250", "retry-after": "9"}, 0.25),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "Thu, 01 Jan 1970 00:00:00 GMT"}, 0.0),
        ({"retry-after": "-4"}, 0.0),
        ({"retry-after": "inf"}, 0.0),
        ({}, 0.0),
    ],
)
def test_how_long_the_server_asks_to_wait(headers: dict[str, str], seconds: float) -> None:
    assert failure(Refusal(429, None, headers)).wait == seconds


@pytest.mark.parametrize("error", [LimitReachedError("enough"), ModelError("no"), OSError(28, "x")])
def test_what_is_no_servers_fault_is_not_put_down_to_one(error: Exception) -> None:
    assert failure_of(error, str) is None


def test_long_and_coloured_words_become_one_short_line() -> None:
    told = "\x1b[31mred\x1b[0m\r\n" + "alert " * 10_000
    why = failure(Refusal(500, told)).why
    assert why.startswith("500: red alert alert")
    assert why.isprintable()
    assert len(why) <= 310
