"""The process that `EncoderProcess` starts: answers until there is nobody to ask."""

import json
import os
import sys
from contextlib import suppress
from typing import IO, Any

from stores.encoder import Encoder, load_encoder
from stores.errors import StoreError, first_line


class Answers:
    """Vectors for lines of texts; the model is loaded for the first of them."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._encoder: Encoder | None = None

    def to(self, line: bytes) -> tuple[dict[str, Any], bytes]:
        """What is told about the answer, and its bytes."""
        try:
            if self._encoder is None:
                self._encoder = load_encoder(self._name)
            vectors = self._encoder.encode(json.loads(line))
        except StoreError as error:
            return {"error": type(error).__name__, "message": str(error)}, b""
        except Exception as error:  # noqa: BLE001  # whoever asked is told
            message = f"texts cannot be embedded: {type(error).__name__}: {first_line(error)}"
            return {"error": StoreError.__name__, "message": message}, b""
        return {"shape": vectors.shape}, vectors.tobytes()


def serve(name: str, asked: IO[bytes], answered: IO[bytes]) -> None:
    """A line and its bytes for every line."""
    answers = Answers(name)
    for line in asked:
        told, data = answers.to(line)
        answered.write(json.dumps(told).encode() + b"\n" + data)
        answered.flush()


def main() -> None:
    """What libraries print stays out of the answers."""
    answered = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with suppress(BrokenPipeError):  # nobody waits any more
        serve(sys.argv[1], sys.stdin.buffer, answered)
    os._exit(0)  # nothing is left to do, and torch takes its time


if __name__ == "__main__":
    main()
