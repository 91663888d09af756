"""A fixed loop in pure Python, by which figures of busy and of other machines compare."""

import statistics
import time

NUMBERS, TIMES = 1_000_000, 3


def calibration() -> float:
    """The milliseconds of CPU time that the loop takes now, the median of three."""
    return statistics.median(_loop() for _ in range(TIMES))


def _loop() -> float:
    began = time.process_time()
    sum(number * number for number in range(NUMBERS))
    return (time.process_time() - began) * 1000
