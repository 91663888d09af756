"""Clocks of machines that share threads: ids of checkpoints begin with the time.

LangGraph's saver takes the highest id for the latest checkpoint, and looks for a checkpoint's
ancestors among lower ids. A machine whose clock is behind would hide what others wrote.
"""

import asyncio
import time
import uuid

LONGEST_WAIT = 5.0  # seconds
EPOCH = 0x01B21DD213814000  # the Unix epoch in ticks of UUIDs
TICKS = 10_000_000  # a second


class ClockBehindError(OSError):
    """This machine's clock is far behind that of the one that wrote a thread last."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"this machine's clock is {seconds:.0f} seconds behind the one that wrote the thread "
            "last: set the clocks of all servers (NTP), and call again"
        )


async def wait_until_past(checkpoint_id: str) -> None:
    """Returns when new ids on this machine are higher than this one."""
    ahead = seconds_ahead(checkpoint_id)
    if ahead > LONGEST_WAIT:
        raise ClockBehindError(ahead)
    if ahead > 0:
        await asyncio.sleep(ahead)


def seconds_ahead(checkpoint_id: str) -> float:
    """How far an id's time is in the future of this machine; 0 for ids without a time."""
    try:
        id_ = uuid.UUID(checkpoint_id)
    except ValueError:
        return 0.0
    if id_.version != 6:
        return 0.0
    high, low = (id_.time_low << 16) | id_.time_mid, id_.time_hi_version & 0x0FFF
    written = (((high << 12) | low) - EPOCH) / TICKS
    return max(0.0, written - time.time_ns() / 1e9)
