"""The file that a name like `local:FILE.gguf` means, and its exact name with its hash."""

import hashlib
import importlib.util
import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from models.errors import ModelError
from models.local.gguf import GgufHeader, read_header
from models.local.hub import HubFile, hub_file

PREFIX = "local"
DEFAULT_VARIABLE = "BILLP_LOCAL_MODEL"
DEFAULT_MODEL = "Qwen/Qwen2.5-1.5B-Instruct-GGUF/qwen2.5-1.5b-instruct-q4_k_m.gguf"
FORMS = "local, local:FILE.gguf, or local:OWNER/REPO/FILE.gguf from the Hugging Face hub"
HASH_SHOWN = 12


@dataclass(frozen=True)
class LocalModel:
    """A model file that an engine can serve."""

    name: str
    path: Path
    header: GgufHeader


def is_local(name: str) -> bool:
    """Whether a model's name means a file of this machine."""
    return name == PREFIX or name.startswith(f"{PREFIX}:")


def exact_local_name(name: str) -> str:
    """The file's name and the beginning of its SHA-256, which stay the same wherever it lies.

    A file that is still to be downloaded has no hash yet.
    """
    found = _meant(name)
    shown = found.name if isinstance(found, Path) else f"{found.repository}/{found.file}"
    path = found if isinstance(found, Path) else found.path
    return (
        f"{PREFIX}:{shown}@{_sha256(path)[:HASH_SHOWN]}" if path.is_file() else f"{PREFIX}:{shown}"
    )


def open_model(name: str) -> LocalModel:
    """The model of this name, downloaded if it is missing, and refused if it cannot chat."""
    found = _meant(name)
    if importlib.util.find_spec("xllamacpp") is None:
        raise ModelError(
            f"model {name!r} needs the extra 'local': in the clone, give "
            f"{sys.executable} -m pip install -e '.[local]'"
        )
    path = found if isinstance(found, Path) else found.fetched()
    header = read_header(path)
    if header.parts > 1:
        raise ModelError(
            f"{path} is one of {header.parts} parts: merge them with llama-gguf-split --merge, or "
            "take a file that is whole"
        )
    if not header.chat_template:
        raise ModelError(
            f"{path} has no chat template, so it does not follow instructions: take a file of an "
            "instruct or chat model"
        )
    return LocalModel(name, path, header)


def _meant(name: str) -> Path | HubFile:
    """A file that is there, else one of the hub."""
    text = name.partition(":")[2] if ":" in name else os.environ.get(DEFAULT_VARIABLE, "")
    if ":" in name and not text:
        raise ModelError(f"model {name!r} names no file: use {FORMS}")
    text = text or DEFAULT_MODEL
    path = Path(text)
    with suppress(RuntimeError):  # a user whom this machine does not know
        path = path.expanduser()
    if path.is_file():
        return path.absolute()
    if found := hub_file(text):
        return found
    raise ModelError(f"model {name!r}: no file {path.absolute()}: use {FORMS}")


def _sha256(path: Path) -> str:
    status = path.stat()
    return _digest(path, status.st_size, status.st_mtime_ns)


@lru_cache(maxsize=16)
def _digest(path: Path, _size: int, _changed: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
