"""What can go wrong with a baseline, told to the person who asked for it."""


class BaselineError(ValueError):
    """A method, setting, device or checkpoint that cannot be had; the message says what to do."""
