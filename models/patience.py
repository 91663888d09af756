"""How long a server is waited for, and how often it is asked again."""

import random
from dataclasses import dataclass

from models.environment import positive

TIMEOUT_VARIABLE = "BILLP_TIMEOUT"
TIMEOUT_SECONDS = 120.0


@dataclass(frozen=True)
class Patience:
    """Bounds of one call, in seconds; waiting for a turn within rate limits does not count.

    Waiting because the server wants to be left alone does.

    A server that never answered in this process and cannot be reached is more likely not there.
    """

    timeout: float = TIMEOUT_SECONDS
    timeouts_in_all: int = 3
    in_all_at_least: float = 90.0  # many servers count by the minute, and ask for as much patience
    attempts: int = 10
    attempts_at_first_contact: int = 3
    first_pause: float = 0.1
    longest_pause: float = 30.0

    @property
    def in_all(self) -> float:
        """What all attempts and the pauses between them may take together."""
        return max(self.timeout * self.timeouts_in_all, self.in_all_at_least)

    @property
    def longest_held(self) -> float:
        """For how long a server may hold all off; calls that come in the first half fail."""
        return 2 * self.in_all

    def pause(self, failures: int, asked_for: float, *, lost: bool = False) -> float:
        """Exponential backoff with full jitter, on top of what the server asks for.

        A reply that was lost is asked for once more at once.
        """
        if failures == 1 and lost:
            return asked_for
        exponent = min(failures - 1, 32)
        longest = min(self.longest_pause, self.first_pause * 2**exponent)
        return asked_for + random.uniform(0.0, longest)


def patience() -> Patience:
    """The bounds, with the time that the environment gives a request."""
    return Patience(timeout=positive(TIMEOUT_VARIABLE, TIMEOUT_SECONDS))
