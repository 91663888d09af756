"""Whether a model fits into the memory that is free, said before it is loaded."""

import os
from contextlib import suppress
from pathlib import Path

MEMINFO = Path("/proc/meminfo")
CONTAINER = Path("/sys/fs/cgroup")
MEBIBYTE = 1 << 20
WORK_BYTES = 256 * MEBIBYTE  # what computing needs beside weights and context


def available_memory() -> int | None:
    """The bytes that a new process may use; None where the system does not tell."""
    bounds = [found for found in (_of_system(), _of_container()) if found is not None]
    return min(bounds, default=None)


def size_text(size: int) -> str:
    """A number of bytes as people read it."""
    return f"{size / 1e6:.0f} MB" if size < 1e9 else f"{size / 1e9:.1f} GB"


def _of_system() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        lines = MEMINFO.read_text(encoding="ascii").splitlines()
        (line,) = [line for line in lines if line.startswith("MemAvailable:")]
        return int(line.split()[1]) * 1024
    with suppress(ValueError, OSError, AttributeError):  # macOS; Windows has no sysconf
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return None


def _of_container() -> int | None:
    """What a container's limit leaves; files in its page cache can be dropped."""
    with suppress(OSError, ValueError):
        limit = int((CONTAINER / "memory.max").read_text(encoding="ascii"))
        used = int((CONTAINER / "memory.current").read_text(encoding="ascii"))
        kept = (CONTAINER / "memory.stat").read_text(encoding="ascii").split()
        return limit - used + int(kept[kept.index("inactive_file") + 1])
    return None
