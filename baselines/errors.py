"""What can go wrong with a baseline."""


class BaselineError(ValueError):
    """A method, setting, device or checkpoint that cannot be used; the message says what to do."""
