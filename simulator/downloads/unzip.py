"""Unpacks a downloaded archive with checks against malicious contents."""

import stat
import tempfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from simulator.errors import WorldError

MAX_FILES = 1_000
MAX_SIZE = 20 << 30
MAX_RATIO = 200
RATIO_FROM = 64 << 20


def unzip(archive: Path, folder: Path, max_size: int = MAX_SIZE) -> list[Path]:
    """Unpacks into the folder; nothing appears there before everything is unpacked."""
    try:
        with (
            zipfile.ZipFile(archive) as packed,
            tempfile.TemporaryDirectory(dir=folder, prefix=f".{archive.name}.") as place,
        ):
            entries = [entry for entry in packed.infolist() if not entry.is_dir()]
            _check(archive, entries, max_size)
            packed.extractall(place, entries)
            return [_move(Path(place), folder, entry.filename) for entry in entries]
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise WorldError(f"{archive} is damaged ({error}): delete it and download again") from error
    except OSError as error:
        raise WorldError(f"cannot unpack {archive}: {error.strerror or error}") from error


def _check(archive: Path, entries: list[zipfile.ZipInfo], max_size: int) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    bomb = unpacked >= RATIO_FROM and unpacked > MAX_RATIO * archive.stat().st_size
    double = len({entry.filename for entry in entries}) < len(entries)
    if bomb or double or unpacked > max_size or len(entries) > MAX_FILES:
        raise WorldError(
            f"{archive} would unpack to {len(entries):,} files of {unpacked:,} bytes: refused"
        )
    for entry in entries:
        if not _harmless(entry):
            raise WorldError(f"{archive} holds {entry.filename[:80]!r}: refused as unsafe")


def _harmless(entry: zipfile.ZipInfo) -> bool:
    """A regular, unencrypted file whose path stays inside the folder on every system."""
    path = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    inside = not path.is_absolute() and ".." not in path.parts
    portable = not set(entry.filename) & set('\\:*?"<>|') and "\0" not in entry.orig_filename
    return inside and portable and kind in (0, stat.S_IFREG) and not entry.flag_bits & 1


def _move(place: Path, folder: Path, name: str) -> Path:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    return (place / name).replace(target)
