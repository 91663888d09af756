"""What can go wrong around chat calls; the messages say what to do."""

import sys
from concurrent.futures import Future


def install_command(*what: str) -> str:
    """The command that installs packages for the Python that runs."""
    return f"{sys.executable} -m pip install {' '.join(map(_quoted, what))}"


def _quoted(word: str) -> str:
    return f"'{word}'" if "[" in word else word


class ModelError(ValueError):
    """A chat model, or something that it needs, that cannot be had."""


class RunStoppedError(RuntimeError):
    """No further chat call may start."""


class LimitReachedError(RunStoppedError):
    """A limit on calls, tokens, money or errors is reached."""


class LimitHeldError(LimitReachedError):
    """Calls in flight hold what is left of a limit; `settled` is done once one of them ends."""

    def __init__(self, told: str, settled: "Future[None]") -> None:
        super().__init__(told)
        self.settled = settled


class StoppedError(RunStoppedError):
    """Someone asked the run to stop."""


class CallError(RuntimeError):
    """A chat call that came to nothing; it ends its episode, not the run."""


class AccessRefusedError(CallError):
    """The server wants another key, or one at all."""


class UnknownModelError(CallError):
    """The server has no such model."""


class QuotaUsedUpError(CallError):
    """The account is not to be charged any more."""


class PromptTooLongError(CallError):
    """The model's context does not hold the prompt."""


class RedirectedError(CallError):
    """The server sends calls elsewhere, where nobody wanted them."""


class RequestRefusedError(CallError):
    """The server does not take the request as it is."""


class ServerFailedError(CallError):
    """The server failed again and again."""
