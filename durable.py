"""Files that survive a kill and a power cut: appended lines, and contents replaced as a whole.

They hold what users said, so only the owner of the process may read them. Lines can carry a
checksum of their own. Also whether a process holds the lock that such a file, or a folder of them,
is guarded by.
"""

import errno
import hashlib
import json
import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

SUM, SUM_LENGTH = b'{"sum": "', 16

PRIVATE, PRIVATE_FOLDER = 0o600, 0o700  # permissions


def make_folder(path: Path) -> None:
    """Makes a folder and its parents for this user alone; existing ones stay as they are."""
    for folder in reversed((path, *path.parents)):
        if not folder.is_dir():
            folder.mkdir(PRIVATE_FOLDER, exist_ok=True)


def make_private(path: Path) -> None:
    """Makes an empty file for this user alone, where there is none and one can be made."""
    with suppress(OSError):  # whoever writes to it meets the same error
        path.touch(PRIVATE)


def append(path: Path, lines: bytes) -> None:
    """Appends whole lines and returns once they are on disk; after an error none of them stays."""
    make_private(path)
    with path.open("ab", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        try:
            if file.write(lines) != len(lines):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            with suppress(OSError):  # an unfinished line is dropped when the file is next opened
                os.truncate(file.fileno(), size)
            raise
    if not size:
        _sync_folder(path.parent)


def whole_lines(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every line that was acknowledged, with its number; a last one without an end was not."""
    if not path.exists():
        return
    with path.open("rb") as lines:
        yield from ((n, line) for n, line in enumerate(lines, start=1) if line.endswith(b"\n"))


def drop_unfinished_line(path: Path) -> bool:
    """Cuts off what a kill left of a line; says whether there was any."""
    if not path.exists() or not path.stat().st_size:
        return False
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        if file.read() == b"\n":
            return False
    os.truncate(path, path.read_bytes().rfind(b"\n") + 1)
    return True


def checked_line(record: Mapping[str, Any]) -> bytes:
    """A record, not an empty one, as a line of JSON that begins with a checksum of the rest."""
    rest = (json.dumps(record, ensure_ascii=False) + "\n").encode().removeprefix(b"{")
    return SUM + _sum(rest) + b'", ' + rest


def checked_record(line: bytes) -> dict[str, Any] | None:
    """The record of a line that `checked_line` wrote, without its checksum; None if it differs."""
    head, rest = line[: len(SUM) + SUM_LENGTH + 3], line[len(SUM) + SUM_LENGTH + 3 :]
    if head != SUM + _sum(rest) + b'", ':
        return None
    record: dict[str, Any] = json.loads(b"{" + rest)
    return record


def _sum(rest: bytes) -> bytes:
    return hashlib.sha256(rest).hexdigest()[:SUM_LENGTH].encode()


def replace(path: Path, content: bytes) -> None:
    """Replaces a file at once: a reader finds the old content or the new, never a part."""
    with replacing(path) as partial:
        make_private(partial)
        partial.write_bytes(content)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write to, which takes the place of `path` unless the body raises."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}.partial")
    try:
        yield partial
        with partial.open("rb+") as file:
            os.fsync(file.fileno())
        partial.chmod(PRIVATE)
        partial.replace(path)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Makes a new name in a folder outlast a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


class Lock:
    """A lock file that this process holds; it notices when the file is deleted or replaced."""

    def __init__(self, path: Path, timeout: float = 0.0) -> None:
        from filelock import FileLock

        self._path = path
        self._lock = FileLock(
            path, timeout=timeout, poll_interval=timeout / 10 or 0.05, thread_local=False
        )
        self._held: tuple[int, int] | None = None

    def acquire(self) -> None:
        """Raises `filelock.Timeout` while another process holds it."""
        self._lock.acquire()
        self._held = self._identity()

    def release(self) -> None:
        """Lets others have it."""
        self._held = None
        self._lock.release()

    @property
    def lost(self) -> bool:
        """Whether another process can have acquired it, since the file is not the one held."""
        return self._identity() != self._held

    def _identity(self) -> tuple[int, int] | None:
        try:
            state = self._path.stat()
        except OSError:
            return None
        return state.st_dev, state.st_ino


def is_locked(lock: Path) -> bool:
    """Whether a process holds a lock file; one that may not be opened counts as free."""
    from filelock import FileLock, Timeout

    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True
    except OSError:  # no permission
        return False
