"""The header of a GGUF file: enough of it to refuse a file before an engine loads it."""

import math
import mmap
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from models.errors import ModelError

MAGIC, VERSIONS = b"GGUF", (2, 3)
SCALARS = {
    0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q",
    12: "<d",
}  # fmt: skip
STRING, ARRAY = 8, 9
LONGEST_LIST = 1024  # longer ones are vocabularies, which are skipped
LONGEST_STRING = 1 << 20
LONGEST_HEADER = 64 << 20  # bytes; the largest vocabularies take 10 MB
MOST_DIMENSIONS = 8  # of a tensor; ggml knows four
DEFAULT_ALIGNMENT = 32
# Weights of a block and its bytes, by the numbers that ggml gives its types.
BLOCKS: Mapping[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    9: (32, 36), 10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210),
    15: (256, 292), 16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18),
    21: (256, 110), 22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8),
    28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
KV_BYTES = 2  # keys and values are kept as 16-bit floats


@dataclass(frozen=True)
class GgufHeader:
    """What a model file says of itself, and how long the file must be to hold its tensors."""

    metadata: Mapping[str, Any]
    size: int

    @property
    def chat_template(self) -> str:
        """How turns of a chat are written for this model; blank for a model that does not chat."""
        return str(self.metadata.get("tokenizer.chat_template") or "")

    @property
    def parts(self) -> int:
        """The number of files that the model was split into."""
        count = self.metadata.get("split.count")
        return count if isinstance(count, int) and count > 1 else 1

    @property
    def context(self) -> int | None:
        """The tokens of context that the model was made for."""
        return self._number("context_length")

    @property
    def token_bytes(self) -> int:
        """The memory that a token of context takes; 0 where the header does not tell."""
        layers, heads = self._number("block_count"), self._number("attention.head_count")
        width = self._number("embedding_length")
        if not layers or not heads or not width:
            return 0
        kept = self.metadata.get(f"{self._architecture}.attention.head_count_kv", heads)
        if not isinstance(kept, int | list):
            return 0
        total = sum(kept) if isinstance(kept, list) else layers * kept
        sizes = (self._number(f"attention.{part}_length") for part in ("key", "value"))
        return int(total) * sum(size or width // heads for size in sizes) * KV_BYTES

    @property
    def _architecture(self) -> str:
        return str(self.metadata.get("general.architecture"))

    def _number(self, name: str) -> int | None:
        found = self.metadata.get(f"{self._architecture}.{name}")
        return found if isinstance(found, int) and found > 0 else None


class MalformedError(Exception):
    """The header cannot be read; the message says why."""


def read_header(path: Path) -> GgufHeader:
    """The header of a file, which is refused if it is no GGUF or was cut off."""
    try:
        status = path.stat()
        header = _read(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise ModelError(f"model file {path} cannot be read: {error.strerror or error}") from error
    except MalformedError as error:
        raise ModelError(
            f"{path} is no GGUF file that can be read ({error}): llama.cpp's models are .gguf files"
        ) from None
    if status.st_size < header.size:
        raise ModelError(
            f"{path} is cut off: it has {status.st_size:,} bytes, and its header tells of "
            f"{header.size:,}; get it again"
        )
    return header


@lru_cache(maxsize=16)
def _read(path: Path, size: int, _changed: int) -> GgufHeader:
    with path.open("rb") as file:
        start = file.read(len(MAGIC))
        if start != MAGIC:
            raise MalformedError(f"it begins with {start!r}, not with {MAGIC!r}")
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
            try:
                return _Reader(content, len(MAGIC)).header()
            except (struct.error, IndexError, OverflowError):
                raise MalformedError(f"its header does not end within {size:,} bytes") from None


@dataclass
class _Reader:
    """Reads a header from front to back; each item takes bytes, so the file bounds all counts."""

    content: mmap.mmap
    offset: int

    def header(self) -> GgufHeader:
        version = self._take("<I")
        if version not in VERSIONS:
            raise MalformedError(f"it has version {version}")
        tensors, pairs = self._take("<Q"), self._take("<Q")
        metadata = {}
        for _ in range(pairs):
            key = self._string()
            metadata[key] = self._value(self._take("<I"))
        ends = [0, *self._tensor_ends(tensors)]
        alignment = metadata.get("general.alignment", DEFAULT_ALIGNMENT)
        if not isinstance(alignment, int) or alignment < 1:
            raise MalformedError(f"its alignment is {alignment!r}")
        begin = -(-self.offset // alignment) * alignment
        return GgufHeader(metadata, begin + max(ends) if tensors else self.offset)

    def _tensor_ends(self, count: int) -> Iterator[int]:
        """Where each tensor ends after the header; of an unknown type its start is all there is."""
        for _ in range(count):
            self._string()
            dimensions = self._take("<I")
            if dimensions > MOST_DIMENSIONS:
                raise MalformedError(f"it holds a tensor of {dimensions:,} dimensions")
            weights = math.prod(self._take("<Q") for _ in range(dimensions))
            per_block, size = BLOCKS.get(self._take("<I"), (1, 0))
            yield self._take("<Q") + weights // per_block * size

    def _value(self, kind: int) -> Any:
        if kind in SCALARS:
            return self._take(SCALARS[kind])
        if kind == STRING:
            return self._string()
        if kind != ARRAY:
            raise MalformedError(f"it holds a value of type {kind}")
        return self._array(self._take("<I"), self._take("<Q"))

    def _array(self, kind: int, count: int) -> list[Any] | None:
        """A list of numbers; None for a long one and for texts."""
        if kind == STRING:
            for _ in range(count):
                length = self._take("<Q")
                self.offset += length
            return None
        if kind not in SCALARS:
            raise MalformedError(f"it holds a list of type {kind}")
        if count > LONGEST_LIST:
            self.offset += count * struct.calcsize(SCALARS[kind])
            return None
        return [self._take(SCALARS[kind]) for _ in range(count)]

    def _string(self) -> str:
        length = self._take("<Q")
        if length > LONGEST_STRING:
            raise MalformedError(f"it holds a text of {length:,} bytes")
        return str(self._take(f"<{length}s"), "utf-8", "replace")

    def _take(self, form: str) -> Any:
        (value,) = struct.unpack_from(form, self.content, self.offset)
        self.offset += struct.calcsize(form)
        if self.offset > LONGEST_HEADER:
            raise MalformedError(f"its header does not end within {LONGEST_HEADER:,} bytes")
        return value
