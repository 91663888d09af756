"""The process started by `EncoderProcess`: embeds texts until its input ends."""

import json
import os
import sys
from contextlib import suppress
from functools import cache
from typing import IO, Any

from stores.encoder import load_encoder
from stores.errors import StoreError, first_line

_encoder = cache(load_encoder)  # an error is not cached


def serve(name: str, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Replies to every line of texts with a header line and bytes."""
    for line in requests:
        header, data = _answer(name, line)
        replies.write(json.dumps(header).encode() + b"\n" + data)
        replies.flush()


def _answer(name: str, line: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        vectors = _encoder(name).encode(json.loads(line))
    except StoreError as error:
        return {"error": type(error).__name__, "message": str(error)}, b""
    except Exception as error:  # noqa: BLE001  # reported to the caller
        message = f"texts cannot be embedded: {type(error).__name__}: {first_line(error)}"
        return {"error": StoreError.__name__, "message": message}, b""
    return {"shape": vectors.shape}, vectors.tobytes()


def main() -> None:
    """Redirects what libraries print to stderr, as replies go to stdout."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):  # the parent has ended
        serve(sys.argv[1], sys.stdin.buffer, replies)
    os._exit(0)  # skips torch's slow shutdown


if __name__ == "__main__":
    main()
