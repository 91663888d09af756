"""Chroma's threads share two arenas of the allocator, or else a process grows for hours."""

import subprocess
import sys

import pytest

COUNT = """
import ctypes, sys, threading
from stores import opening

opening.in_memory("test:1")
everybody = threading.Barrier(12)

def allocate():
    kept = [ctypes.create_string_buffer(5000) for _ in range(100)]
    everybody.wait()

threads = [threading.Thread(target=allocate) for _ in range(12)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
libc = ctypes.CDLL(None)
libc.fdopen.restype = ctypes.c_void_p
libc.malloc_info.argtypes = [ctypes.c_int, ctypes.c_void_p]
libc.fflush.argtypes = [ctypes.c_void_p]
stream = libc.fdopen(1, b"w")
libc.malloc_info(0, stream)
libc.fflush(stream)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="this allocator is that of Linux")
@pytest.mark.parametrize(("own", "arenas"), [({}, 2), ({"MALLOC_ARENA_MAX": "5"}, 5)])
def test_threads_share_two_arenas_or_as_many_as_the_user_says(
    own: dict[str, str], arenas: int
) -> None:
    command = [sys.executable, "-c", COUNT]
    told = subprocess.run(command, env=own, capture_output=True, text=True, check=True).stdout
    assert 0 < told.count("<heap nr=") <= arenas
