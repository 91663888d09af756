"""Progress of a reader or a download in bytes, for a progress bar."""

from collections.abc import Callable

ByteProgress = Callable[[int, int], None]
"""Called with the bytes done and the total; a total of 0 means that it is unknown."""
