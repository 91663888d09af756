"""Progress of a reader or a download in bytes, for a progress bar."""

from collections.abc import Callable, Sequence
from pathlib import Path

ByteProgress = Callable[[int, int], None]
"""Called with the bytes done and the total; a total of 0 means that it is unknown."""


def progress_by_file(
    progress: ByteProgress | None, paths: Sequence[Path]
) -> list[ByteProgress | None]:
    """One callback per file, which together report the progress over all of them in order."""
    if progress is None:
        return [None] * len(paths)
    sizes = [path.stat().st_size for path in paths]
    return [_part(progress, sum(sizes[:i]), sum(sizes)) for i in range(len(sizes))]


def _part(progress: ByteProgress, before: int, total: int) -> ByteProgress:
    return lambda done, _: progress(before + done, total)
