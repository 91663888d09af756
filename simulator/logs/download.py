"""Downloads a data set from its publisher."""

from collections.abc import Mapping
from pathlib import Path

from simulator.errors import WorldError
from simulator.logs.digest import Unavailable
from simulator.logs.fetch import DEFAULT_PATIENCE, Patience, fetch
from simulator.logs.find import check_name
from simulator.logs.locate import where
from simulator.logs.progress import Progress
from simulator.logs.sources import SOURCES, Remote, Source
from simulator.logs.unzip import unzip


def download(
    name: str,
    folder: Path,
    progress: Progress | None = None,
    sources: Mapping[str, Source] = SOURCES,
    patience: Patience = DEFAULT_PATIENCE,
) -> list[Path]:
    """The data set's files in the folder; what is there already is kept, what broke off goes on."""
    source = sources[check_name(name, sources)]
    if not source.files:
        raise WorldError(f"{name!r} is not published anywhere: {where(folder, source)}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise WorldError(f"cannot make the folder {folder}: {error.strerror}") from error
    paths: list[Path] = []
    for remote in source.files:
        try:
            paths += _have(remote, folder, progress, patience)
        except Unavailable as error:
            raise WorldError(
                f"could not download {remote.name} ({error}); give the same command again, or "
                f"{where(folder, source)}"
            ) from error
    return paths


def licence(name: str, sources: Mapping[str, Source] = SOURCES) -> str:
    """What the publisher asks of those who use the data set, to be shown with it."""
    return sources[check_name(name, sources)].licence


def _have(
    remote: Remote, folder: Path, progress: Progress | None, patience: Patience
) -> list[Path]:
    unpacked = [folder / name for name in remote.unpacks_to]
    if unpacked and all(path.is_file() for path in unpacked):
        return unpacked
    path = fetch(remote, folder, progress, patience)
    if not unpacked:
        return [path]
    unzip(path, folder)
    lost = [path.name for path in unpacked if not path.is_file()]
    if lost:
        raise WorldError(f"{path} does not hold {', '.join(lost)}: delete it and download again")
    return unpacked
