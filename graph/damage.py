"""Damage in files of checkpoints: values carry checksums, which SQLite's pages do not."""

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
NO_TEXT = "Could not decode to UTF-8"
CHECKED = "crc32+"  # begins the type of a value that ends in its checksum
CHECKSUM = 4  # bytes
ORPHANS = """
SELECT count(*) FROM checkpoints AS child LEFT JOIN checkpoints AS parent
    ON parent.thread_id = child.thread_id AND parent.checkpoint_ns = child.checkpoint_ns
    AND parent.checkpoint_id = child.parent_checkpoint_id
WHERE child.parent_checkpoint_id IS NOT NULL AND parent.checkpoint_id IS NULL
"""


class DamagedCheckpointsError(sqlite3.DatabaseError):
    """A file of checkpoints is not as it was written; the message says what to do."""

    def __init__(self, path: Path, reason: object) -> None:
        super().__init__(
            f"{path} is damaged ({reason}): move it away, with any {path.name}-wal and "
            f"{path.name}-shm, or bring back a copy; without it the sessions that were under way "
            "begin anew, and nothing that was recorded or learned is lost"
        )


@contextmanager
def damage_explained(path: Path) -> Iterator[None]:
    """Turns errors about what a file holds into one that says what to do."""
    try:
        yield
    except sqlite3.Error as error:
        if not is_damage(error):
            raise
        raise DamagedCheckpointsError(path, error) from error
    except (ValueError, NotImplementedError) as error:  # no JSON, or a type that nobody wrote
        raise DamagedCheckpointsError(path, error) from error


def is_damage(error: sqlite3.Error) -> bool:
    """Whether SQLite found that a file is not one of its own, or not whole."""
    if isinstance(error, DamagedCheckpointsError):
        return False
    is_no_text = NO_TEXT in str(error)  # the module's own error, which has no code
    return is_no_text or getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def check_whole(path: Path) -> None:
    """Compares a file's tables with their indexes, and looks for every parent; reads all of it."""
    if not path.exists():
        return
    with damage_explained(path), closing(sqlite3.connect(path)) as connection:
        (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
        if found != "ok":
            raise DamagedCheckpointsError(path, " ".join(found.split()))
        if connection.execute("SELECT 1 FROM pragma_table_info('checkpoints')").fetchone():
            (orphans,) = connection.execute(ORPHANS).fetchone()
            if orphans:
                raise DamagedCheckpointsError(path, "a checkpoint has lost its parent")


class CheckedSerializer(JsonPlusSerializer):
    """LangGraph's serializer with a checksum after each value; values without one are read too.

    It makes no types but LangGraph's own: whoever can write to a database cannot run code here.
    """

    def __init__(self, damaged: Callable[[object], Exception]) -> None:
        super().__init__(allowed_msgpack_modules=None)
        self._damaged = damaged

    def dumps_typed(self, obj: Any) -> tuple[str, bytes]:
        """A value's type and bytes."""
        kind, data = super().dumps_typed(obj)
        return CHECKED + kind, bytes(data) + zlib.crc32(data).to_bytes(CHECKSUM)

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """The value of these bytes; raises if they are not those that were written."""
        kind, content = data
        if not kind.startswith(CHECKED):
            return super().loads_typed(data)
        value, checksum = content[:-CHECKSUM], content[-CHECKSUM:]
        if zlib.crc32(value).to_bytes(CHECKSUM) != checksum:
            raise self._damaged("a value has another checksum")
        return super().loads_typed((kind.removeprefix(CHECKED), value))
