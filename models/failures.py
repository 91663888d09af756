"""Classification of a failed request: whether it may pass, when to retry, and what to say."""

import math
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin

from models.errors import (
    AccessRefusedError,
    CallError,
    ModelError,
    PromptTooLongError,
    QuotaUsedUpError,
    RedirectedError,
    RequestRefusedError,
    RunStoppedError,
    UnknownModelError,
)
from models.spec import without_secrets

BUSY = 429
LATER = (408, 409, 425, BUSY)  # statuses below 500 that may pass
NEVER = (501, 505)  # statuses from 500 that will not
LASTING: Mapping[int, type[CallError]] = {
    401: AccessRefusedError,
    402: QuotaUsedUpError,
    403: AccessRefusedError,
    404: UnknownModelError,
    410: UnknownModelError,
}
TOO_LONG = re.compile(
    r"context.{0,20}(length|window|size)|maximum context|(prompt|input) is too long"
    r"|exceeds? .{0,30}context|request too large",
    re.IGNORECASE,
)
NO_QUOTA = re.compile(
    r"insufficient_quota|billing_hard_limit|insufficient credit|credit balance is too low",
    re.IGNORECASE,
)
UNSUPPORTED = re.compile(
    r"unsupported|n.t support|not support|unrecogni[sz]ed|unknown|unexpected|extra_forbidden"
    r"|not (?:permitted|allowed)|only the default|deprecated",
    re.IGNORECASE,
)
STOP_OPTION = re.compile(r"\bstop[_ ]?sequences?\b|['\"`]stop['\"`]", re.IGNORECASE)
RESPONSE_FORMAT = "response_format"
FORMAT = re.compile(r"response_format|json_schema|structured|guided|grammar", re.IGNORECASE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
MARKUP = re.compile(r"<[^<>]{0,200}>")
TIMEOUT_VARIABLE = "BILLP_TIMEOUT"
UNCONNECTED = (
    "ConnectError", "ConnectTimeout", "ConnectionRefusedError", "NewConnectionError",
    "EndpointConnectionError", "ClientConnectorError", "ConnectionTimeoutError",
)  # fmt: skip
TIMEOUTS = {
    "TimeoutError", "ModelTimeoutError", "APITimeoutError", "TimeoutException", "Timeout",
    "ReadTimeoutError", "ConnectTimeoutError",
}  # fmt: skip
CONNECTIONS = {
    "ConnectionError", "ModelConnectionError", "APIConnectionError", "TransportError",
    "HTTPClientError", "ClientConnectionError",
}  # fmt: skip
SLOW = f"it did not answer in time ({TIMEOUT_VARIABLE} gives it more)"
LONGEST = 300
A_YEAR = 365 * 86400.0
CALLS_GO_TO = "/chat/completions"


class MalformedReplyError(ValueError):
    """A reply that is no chat completion, or not a whole one."""


@dataclass(frozen=True)
class Failure:
    """Why a request failed; `lasting` is the error to raise if a retry would not help."""

    why: str
    status: int | None = None
    lasting: type[CallError] | None = None
    wait: float = 0.0
    unreachable: bool = False
    lost: bool = False  # on its way, by a server that is there and not said to be overloaded

    def option(self, sent: Iterable[str]) -> str | None:
        """The option that the server does not support, if that is what is wrong."""
        if self.lasting is not RequestRefusedError:
            return None
        for option in sent:
            whatever = {RESPONSE_FORMAT: FORMAT, "stop": STOP_OPTION}.get(option)
            if whatever and whatever.search(self.why):
                return option
            if UNSUPPORTED.search(self.why) and re.search(rf"\b{option}\b", self.why):
                return option
        return None


def failure_of(error: Exception, clean: Callable[[str], str]) -> Failure | None:
    """The failure of a request; None if the server is not to blame."""
    if isinstance(error, RunStoppedError | ModelError):
        return None
    chain = list(_chain(error))
    if isinstance(chain[-1], MalformedReplyError):
        return Failure(str(chain[-1]), lost=True)
    unreachable = any(type(cause).__name__ in UNCONNECTED for cause in chain)
    kinds = {kind.__name__ for kind in type(error).__mro__}  # each package has its own
    if kinds & TIMEOUTS:
        return Failure(SLOW, unreachable=unreachable)
    causes = [cause for cause in chain if isinstance(cause, Exception)]
    known = next((cause for cause in causes if _status(cause) is not None), error)
    status = _status(known)
    if status is None and kinds & CONNECTIONS:
        root = one_line(clean(str(chain[-1]) or type(chain[-1]).__name__))
        return Failure(f"connection error: {root}", unreachable=unreachable, lost=not unreachable)
    if status is None and isinstance(error, OSError):
        return None  # such as a full disk on this side
    told = one_line(clean(_told(known, status)))
    if status is None:
        lasting = PromptTooLongError if TOO_LONG.search(told) else None
        return Failure(f"its answer is no chat completion: {told}", lasting=lasting, lost=True)
    return Failure(f"{status}: {told}", status, _lasting(status, told), _wait(known))


def _lasting(status: int, told: str) -> type[CallError] | None:
    if status < 400:
        return RedirectedError
    if TOO_LONG.search(told):
        return PromptTooLongError
    if status in (400, BUSY) and NO_QUOTA.search(told):
        return QuotaUsedUpError
    if status in LATER or (status >= 500 and status not in NEVER):
        return None
    return LASTING.get(status, RequestRefusedError)


def _status(error: Exception) -> int | None:
    """The HTTP status, wherever the client has put it; some servers give it in a 200's body."""
    response = getattr(error, "response", None)
    told = [
        getattr(error, "status_code", None),
        getattr(response, "status_code", None),
        _headers(response).get("HTTPStatusCode"),
        getattr(error, "code", None),
        _body(error).get("code"),
    ]
    found = (code for code in told if isinstance(code, int) and 300 <= code < 600)
    return next(found, None)


def _told(error: Exception, status: int | None) -> str:
    """The server's own words, else what could not be read."""
    if status is not None and status < 400:
        return f"it redirects to {_target(error)}"
    known = {str(name).lower(): said for name, said in _body(error).items()}
    words = [str(known[name]) for name in ("message", "code", "param") if known.get(name)]
    body = getattr(error, "body", None)
    return "; ".join(words) or str(body or f"{type(error).__name__}: {error}")


def _target(error: Any) -> str:
    """The address that a redirection names, as a base URL and without secrets."""
    location = _headers(getattr(error, "response", None)).get("location")
    if not location:
        return "nowhere"
    try:
        asked = str(getattr(getattr(error, "request", None), "url", ""))
        return without_secrets(urljoin(asked, location)).removesuffix(CALLS_GO_TO)
    except ValueError:
        return "what is no address"


def _body(error: Exception) -> Mapping[str, Any]:
    """What the server said is wrong; some wrap it once more."""
    places = (*(getattr(error, name, None) for name in ("body", "details", "response")),)
    for body in (*places, *error.args[:1]):
        if isinstance(body, Mapping):
            inner = body.get("error", body.get("Error"))
            return inner if isinstance(inner, Mapping) else body
    return {}


def _headers(response: Any) -> Mapping[str, Any]:
    """The headers of a response; botocore has its status beside them."""
    if isinstance(response, Mapping):
        beside = response.get("ResponseMetadata") or {}
        return {**beside.get("HTTPHeaders", {}), **beside}
    return getattr(response, "headers", None) or {}


def _wait(error: Exception) -> float:
    """Seconds that the server asks for; some give milliseconds, some a date."""
    headers = _headers(getattr(error, "response", None))
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = unit * _seconds(str(headers.get(name, "")))
        if math.isfinite(seconds):
            return min(max(0.0, seconds), A_YEAR)
    return 0.0


def _seconds(text: str) -> float:
    with suppress(ValueError):
        return float(text)
    with suppress(ValueError, TypeError, OverflowError):
        return parsedate_to_datetime(text).timestamp() - time.time()
    return math.nan


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and what caused it, down to the first."""
    while error is not None:
        yield error
        error = error.__cause__


def one_line(text: str) -> str:
    """One short line without markup and control characters."""
    words = ESCAPE.sub("", MARKUP.sub(" ", text[: 20 * LONGEST]))
    seen = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(seen.split())[:LONGEST]
