"""What can go wrong before a chat model has said anything."""


class ModelError(ValueError):
    """A chat model that cannot be had; the message says what to do."""
