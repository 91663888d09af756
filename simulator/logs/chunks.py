"""Reads a plain or gzipped file in chunks, with limits against decompression bombs."""

import gzip
import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulator.byte_progress import ByteProgress
from simulator.errors import WorldError

CHUNK = 1 << 20
GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
UTF8_MARK = b"\xef\xbb\xbf"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True)
class ReadLimits:
    """Limits on the unpacked size and the length of a line, far above any real log."""

    size: int = 200 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20
    line: int = 4 << 20


DEFAULT_LIMITS = ReadLimits()


def chunks(
    path: Path, progress: ByteProgress | None = None, limits: ReadLimits = DEFAULT_LIMITS
) -> Iterator[bytes]:
    """The file's bytes; gzip is detected by its content, not by its name."""
    try:
        with path.open("rb") as raw:
            total, unpacked = path.stat().st_size, 0
            stream = _unpacking(raw, path)
            while chunk := stream.read(CHUNK):
                first, unpacked = unpacked == 0, unpacked + len(chunk)
                _check(path, unpacked, raw.tell(), limits)
                if progress:
                    progress(raw.tell(), total)
                if first and chunk[:2] in UTF16_MARKS:
                    raise WorldError(f"{path} is UTF-16 text: save it as UTF-8")
                yield chunk.removeprefix(UTF8_MARK) if first else chunk
    except EOFError as error:
        raise WorldError(f"{path} is cut off: its download broke off; download it again") from error
    except (gzip.BadGzipFile, zlib.error) as error:
        raise WorldError(f"{path} is damaged ({error}): download it again") from error
    except OSError as error:
        raise WorldError(f"cannot read {path}: {error.strerror or error}") from error


def _unpacking(raw: io.BufferedReader, path: Path) -> io.BufferedIOBase:
    head = raw.peek(len(ZIP))[: len(ZIP)]
    if head == ZIP:
        raise WorldError(f"{path} is a zip archive: unpack it and place what is inside")
    return gzip.GzipFile(fileobj=raw) if head[: len(GZIP)] == GZIP else raw


def _check(path: Path, unpacked: int, packed: int, limits: ReadLimits) -> None:
    if unpacked > limits.size:
        raise WorldError(f"{path} unpacks to more than {limits.size:,} bytes: this is no log")
    if unpacked >= limits.ratio_from and unpacked > limits.ratio * packed:
        raise WorldError(
            f"{path} unpacks to more than {limits.ratio} times its size: this is no log"
        )
