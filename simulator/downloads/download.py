"""Downloads a data set from its publisher."""

from collections.abc import Mapping
from pathlib import Path

from fetch import DEFAULT_RETRY, DownloadError, DownloadRetry, UnavailableError, fetch
from simulator.byte_progress import ByteProgress
from simulator.downloads.locate_files import placement_hint
from simulator.downloads.sources import SOURCES, DataFile, Source
from simulator.downloads.unzip import unzip
from simulator.errors import WorldError, name_hint


def download(
    name: str,
    folder: Path,
    progress: ByteProgress | None = None,
    sources: Mapping[str, Source] = SOURCES,
    retry: DownloadRetry = DEFAULT_RETRY,
) -> list[Path]:
    """The data set's files in the folder; existing files are kept, partial ones resumed."""
    source = find_source(name, sources)
    if not source.files:
        raise WorldError(f"{name!r} is not published anywhere: {placement_hint(folder, source)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorldError(f"cannot make the folder {folder}: {error.strerror}") from error
    paths: list[Path] = []
    for remote in source.files:
        try:
            paths += _fetch_and_unpack(remote, folder, progress, retry)
        except DownloadError as error:
            raise WorldError(str(error)) from error
        except UnavailableError as error:
            raise WorldError(
                f"could not download {remote.name} ({error}); give the same command again, or "
                f"{placement_hint(folder, source)}"
            ) from error
    return paths


def licence(name: str, sources: Mapping[str, Source] = SOURCES) -> str:
    """The publisher's terms, which are shown before a download."""
    return find_source(name, sources).licence


def find_source(name: str, sources: Mapping[str, Source]) -> Source:
    """The source of this name."""
    if name not in sources:
        raise WorldError(f"unknown dataset {name!r}: {name_hint(name, sources, 'datasets')}")
    return sources[name]


def _fetch_and_unpack(
    remote: DataFile, folder: Path, progress: ByteProgress | None, retry: DownloadRetry
) -> list[Path]:
    unpacked = [folder / name for name in remote.unpacks_to]
    if unpacked and all(path.is_file() for path in unpacked):
        return unpacked
    path = fetch(remote, folder, progress, retry)
    if not unpacked:
        return [path]
    unzip(path, folder)
    lost = [path.name for path in unpacked if not path.is_file()]
    if lost:
        raise WorldError(f"{path} does not hold {', '.join(lost)}: delete it and download again")
    return unpacked
