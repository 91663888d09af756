"""Tokens of clients, from the environment or a file; only their digests stay in memory."""

import hashlib
import hmac
import os
import re
from collections.abc import Mapping
from pathlib import Path

from graph.clients import LOCAL, TOKENS_FILE_VARIABLE, TOKENS_VARIABLE

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")
TOKEN = re.compile(r"[!-~]{16,512}")


class TokensError(ValueError):
    """Tokens that cannot be used; the message names the place and never a token."""


class Tokens:
    """The clients of a server by their tokens' digests."""

    def __init__(self, names: Mapping[str, str]) -> None:
        """Takes names by token."""
        self._clients = [(_digest(token), name) for token, name in names.items()]

    def client(self, token: str) -> str | None:
        """The client of a token, in constant time."""
        digest, found = _digest(token), None
        for known, name in self._clients:
            if hmac.compare_digest(known, digest):
                found = name
        return found


def tokens_from(environment: Mapping[str, str] = os.environ) -> Tokens | None:
    """The configured tokens, or None where none are configured."""
    inline, file = environment.get(TOKENS_VARIABLE), environment.get(TOKENS_FILE_VARIABLE)
    if inline and file:
        raise TokensError(f"set {TOKENS_VARIABLE} or {TOKENS_FILE_VARIABLE}, not both")
    if inline:
        entries = enumerate(inline.split(","), start=1)
        return _parse({f"{TOKENS_VARIABLE} entry {n}": entry.strip() for n, entry in entries})
    return _from_file(Path(file)) if file else None


def _from_file(path: Path) -> Tokens:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise TokensError(f"{TOKENS_FILE_VARIABLE} {path} cannot be read: {reason}") from None
    numbered = ((n, line.strip()) for n, line in enumerate(lines, start=1))
    return _parse({f"{path} line {n}": line for n, line in numbered if line and line[0] != "#"})


def _parse(entries: Mapping[str, str]) -> Tokens:
    """Entries by the place that errors name; clients and tokens must be unique."""
    names: dict[str, str] = {}
    for place, entry in entries.items():
        name, colon, token = entry.partition(":")
        if not colon or not NAME.fullmatch(name) or name == LOCAL:
            raise TokensError(
                f"{place}: expected name:token, the name of lower-case letters, digits, '-' and "
                f"'_', and not {LOCAL!r}"
            )
        if not TOKEN.fullmatch(token):
            raise TokensError(f"{place}: a token has 16 to 512 visible ASCII characters")
        if token in names or name in names.values():
            raise TokensError(f"{place}: a client and a token may stand there only once")
        names[token] = name
    if not names:
        raise TokensError(f"{TOKENS_VARIABLE} and {TOKENS_FILE_VARIABLE}: no token in them")
    return Tokens(names)


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
