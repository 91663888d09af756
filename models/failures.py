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

from langchain_core.exceptions import ModelConnectionError, ModelTimeoutError

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
NO_QUOTA = re.compile(r"insufficient_quota|billing_hard_limit|insufficient credit", re.IGNORECASE)
UNSUPPORTED = re.compile(
    r"unsupported|n.t support|not support|unrecogni[sz]ed|unknown|unexpected|extra_forbidden"
    r"|not (?:permitted|allowed)|only the default",
    re.IGNORECASE,
)
RESPONSE_FORMAT = "response_format"
FORMAT = re.compile(r"response_format|json_schema|structured|guided|grammar", re.IGNORECASE)
ESCAPE = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
MARKUP = re.compile(r"<[^<>]{0,200}>")
TIMEOUT_VARIABLE = "BILLP_TIMEOUT"
UNCONNECTED = ("ConnectError", "ConnectTimeout")
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
            if option == RESPONSE_FORMAT and FORMAT.search(self.why):
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
    if isinstance(error, TimeoutError | ModelTimeoutError):
        return Failure(SLOW, unreachable=unreachable)
    if isinstance(error, ModelConnectionError | ConnectionError):
        root = _line(clean(str(chain[-1]) or type(chain[-1]).__name__))
        return Failure(f"connection error: {root}", unreachable=unreachable, lost=not unreachable)
    if isinstance(error, OSError):
        return None  # such as a full disk on this side
    status, told = _status(error), _line(clean(_told(error)))
    if status is None:
        lasting = PromptTooLongError if TOO_LONG.search(told) else None
        return Failure(f"its answer is no chat completion: {told}", lasting=lasting, lost=True)
    return Failure(f"{status}: {told}", status, _lasting(status, told), _wait(error))


def _lasting(status: int, told: str) -> type[CallError] | None:
    if status < 400:
        return RedirectedError
    if TOO_LONG.search(told):
        return PromptTooLongError
    if status == BUSY and NO_QUOTA.search(told):
        return QuotaUsedUpError
    if status in LATER or (status >= 500 and status not in NEVER):
        return None
    return LASTING.get(status, RequestRefusedError)


def _status(error: Exception) -> int | None:
    """The HTTP status, or the one that some servers give only in the body of a 200."""
    status = getattr(error, "status_code", None)
    if status is None:
        code = _body(error).get("code")
        status = code if isinstance(code, int) and code >= 400 else None
    return status if isinstance(status, int) and 300 <= status < 600 else None


def _told(error: Exception) -> str:
    """The server's own words, else what could not be read."""
    known = _body(error)
    if 300 <= getattr(error, "status_code", 0) < 400:
        return f"it redirects to {_target(error)}"
    words = [str(known[name]) for name in ("message", "code", "param") if known.get(name)]
    body = getattr(error, "body", None)
    return "; ".join(words) or str(body or f"{type(error).__name__}: {error}")


def _target(error: Any) -> str:
    """The address that a redirection names, as a base URL and without secrets."""
    location = error.response.headers.get("location")
    if not location:
        return "nowhere"
    try:
        return without_secrets(urljoin(str(error.request.url), location)).removesuffix(CALLS_GO_TO)
    except ValueError:
        return "what is no address"


def _body(error: Exception) -> Mapping[str, Any]:
    for body in (getattr(error, "body", None), *error.args[:1]):
        if isinstance(body, Mapping):
            return body
    return {}


def _wait(error: Exception) -> float:
    """Seconds that the server asks for; some give milliseconds, some a date."""
    headers: Mapping[str, str] = getattr(getattr(error, "response", None), "headers", None) or {}
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        seconds = unit * _seconds(headers.get(name, ""))
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


def _line(text: str) -> str:
    """One short line without markup and control characters."""
    words = ESCAPE.sub("", MARKUP.sub(" ", text[: 20 * LONGEST]))
    seen = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(seen.split())[:LONGEST]
