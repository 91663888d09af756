"""A copy of a memory folder's index, for processes that only read it.

The folder has one process that writes. Others copy its index while that one writes nothing, as
within a batch of episodes, and search the copy: the same rows are found, at the same distances.
"""

import base64
import io
import shutil
import sqlite3
import tempfile
import zipfile
from contextlib import closing
from pathlib import Path

from stores.embeddings import Embedder
from stores.folder import NAMESPACE, PREFIX
from stores.memories import Memories
from stores.opening import embedded

DATABASE = "chroma.sqlite3"


def copy_index(folder: Path, target: Path) -> None:
    """Copies the current index of a memory folder into a new folder."""
    current = max(folder.glob(f"{PREFIX}*"), key=lambda path: int(path.name.removeprefix(PREFIX)))
    place = f"{(current / DATABASE).absolute().as_uri()}?mode=ro"
    target.mkdir(mode=0o700, parents=True)
    for path in current.iterdir():
        if path.is_dir():
            shutil.copytree(path, target / path.name)
    with (
        closing(sqlite3.connect(place, uri=True)) as source,
        closing(sqlite3.connect(target / DATABASE)) as copy,
    ):
        source.backup(copy)  # also what is only in SQLite's write-ahead log


def packed(folder: Path) -> str:
    """A copy of a memory folder's index as text."""
    with tempfile.TemporaryDirectory(prefix="billp-memory-") as place:
        copy_index(folder, Path(place) / "copy")
        archive = shutil.make_archive(f"{place}/copy", "zip", Path(place) / "copy")
        return base64.b64encode(Path(archive).read_bytes()).decode()


def unpack(content: str, target: Path) -> None:
    """Writes the copy that `packed` made into a new folder."""
    with zipfile.ZipFile(io.BytesIO(base64.b64decode(content))) as archive:
        archive.extractall(target)


def open_copy(folder: Path, embedder: Embedder) -> Memories:
    """The memories in a copied index; nothing can be learned there."""
    memories = Memories(embedded(folder, NAMESPACE, embedder.name), embedder)
    memories.frozen = True
    return memories
