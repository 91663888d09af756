"""Progress of a reader or a download in bytes, for a progress bar."""

from collections.abc import Callable

ByteProgress = Callable[[int, int], None]  # bytes done, and in all: 0 if that is unknown
