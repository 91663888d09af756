"""A world's place: one process builds it at a time, and a world that is replaced is never lost."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from simulator.errors import WorldError

CARD = "world.json"


@contextmanager
def building(folder: Path, *, replace: bool) -> Iterator[None]:
    """Keeps other builders out; refuses a place that is taken."""
    lock_file = _beside(folder, "lock")
    lock = FileLock(lock_file, timeout=0)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise WorldError(
            f"world folder {folder} is being built by another process: wait for it, "
            "or give yours another name (--name, name=)"
        ) from error
    except OSError as error:
        raise cannot_be_written(folder, error) from error
    try:
        _bring_back(folder)
        refuse_taken(folder, replace=replace)
        yield
    finally:
        with suppress(OSError):
            lock_file.unlink()
        lock.release()


def refuse_taken(folder: Path, *, replace: bool) -> None:
    """Raises if a world is already there and is not to be replaced, or if something else is."""
    if (folder / CARD).is_file():
        if not replace:
            raise WorldError(
                f"{folder} already holds a world: give the new one another name (--name, name=), "
                "or have the old one replaced (--replace, replace=True)"
            )
    elif folder.is_dir() and any(folder.iterdir()):
        raise WorldError(
            f"{folder} holds something that is no world: name a new or an empty folder, or one "
            "that holds a world"
        )


def cannot_be_written(folder: Path, error: OSError) -> WorldError:
    """The error for a place where nothing can be written."""
    return WorldError(
        f"world folder {folder} cannot be written ({error.strerror}): "
        "name a new or an empty folder, or one that holds a world"
    )


@contextmanager
def moved_into_place(folder: Path) -> Iterator[Path]:
    """An empty folder to write to, which takes the place of `folder` unless the body raises."""
    partial, former = _beside(folder, "partial"), _beside(folder, "former")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    yield partial
    if (folder / CARD).exists():
        shutil.rmtree(former, ignore_errors=True)
        folder.replace(former)
    partial.replace(folder)
    shutil.rmtree(former, ignore_errors=True)


def recover(folder: Path) -> None:
    """Brings back the world that a kill left beside its place while it was being replaced."""
    if (folder / CARD).is_file() or not folder.absolute().name:
        return
    if not _beside(folder, "former").is_dir():
        return
    with suppress(Timeout, OSError), FileLock(_beside(folder, "lock"), timeout=0):
        _bring_back(folder)


def _bring_back(folder: Path) -> None:
    former = _beside(folder, "former")
    if (former / CARD).is_file() and not folder.exists():
        former.replace(folder)


def _beside(folder: Path, kind: str) -> Path:
    """A hidden neighbour: no world has such a name."""
    whole = folder.absolute()
    return whole.with_name(f".{whole.name}.{kind}")
