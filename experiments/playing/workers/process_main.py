"""The process started by `start_worker`: plays what it is sent, and ends with its parent."""

import asyncio
import os
import socket
import sys
from pathlib import Path

from experiments.playing.workers.player import Player
from experiments.playing.workers.port import LONGEST_LINE, StreamPort


async def _serve(handle: int, folder: Path) -> None:
    connected = socket.socket(fileno=handle)
    reader, writer = await asyncio.open_connection(sock=connected, limit=LONGEST_LINE)
    await Player(StreamPort(reader, writer), folder).serve()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
    os._exit(0)  # it has nothing to save, and its threads nothing to do
