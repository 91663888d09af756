"""The process started by `EncoderProcess`: embeds texts until its input ends."""

import json
import os
import sys
from contextlib import suppress
from typing import IO, Any

from stores.encoder import Encoder, load_encoder
from stores.errors import StoreError, first_line


class Service:
    """Embeds lines of texts; the model is loaded for the first line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._encoder: Encoder | None = None

    def answer(self, line: bytes) -> tuple[dict[str, Any], bytes]:
        """The header of the reply, and its bytes."""
        try:
            if self._encoder is None:
                self._encoder = load_encoder(self._name)
            vectors = self._encoder.encode(json.loads(line))
        except StoreError as error:
            return {"error": type(error).__name__, "message": str(error)}, b""
        except Exception as error:  # noqa: BLE001  # reported to the caller
            message = f"texts cannot be embedded: {type(error).__name__}: {first_line(error)}"
            return {"error": StoreError.__name__, "message": message}, b""
        return {"shape": vectors.shape}, vectors.tobytes()


def serve(name: str, requests: IO[bytes], replies: IO[bytes]) -> None:
    """Replies to every line with a header line and bytes."""
    service = Service(name)
    for line in requests:
        header, data = service.answer(line)
        replies.write(json.dumps(header).encode() + b"\n" + data)
        replies.flush()


def main() -> None:
    """Redirects what libraries print to stderr, as replies go to stdout."""
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):  # the parent has ended
        serve(sys.argv[1], sys.stdin.buffer, replies)
    os._exit(0)  # skips torch's slow shutdown


if __name__ == "__main__":
    main()
