"""What can go wrong around chat calls; the messages say what to do."""


class ModelError(ValueError):
    """A chat model, or something that it needs, that cannot be had."""


class RunStoppedError(RuntimeError):
    """No further chat call may start."""


class LimitReachedError(RunStoppedError):
    """A limit on calls, tokens, money or errors is reached."""


class StoppedError(RunStoppedError):
    """Someone asked the run to stop."""
