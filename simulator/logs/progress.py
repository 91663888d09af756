"""How far a reader or a download has come, told to whoever shows it."""

from collections.abc import Callable, Sequence
from pathlib import Path

Progress = Callable[[int, int], None]
"""Is called with the bytes done and the bytes in all; the second is 0 where nobody knows it."""


def shared(progress: Progress | None, sizes: Sequence[int]) -> list[Progress | None]:
    """One callback per part that report together as one, for parts done one after another."""
    if progress is None:
        return [None] * len(sizes)
    return [_part(progress, sum(sizes[:i]), sum(sizes)) for i in range(len(sizes))]


def shared_by_files(progress: Progress | None, paths: Sequence[Path]) -> list[Progress | None]:
    """The same for files that will be read one after another."""
    return shared(progress, [path.stat().st_size for path in paths])


def _part(progress: Progress, before: int, total: int) -> Progress:
    return lambda done, _: progress(before + done, total)
