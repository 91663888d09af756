"""What can go wrong with a world, told to the person who asked for it."""


class WorldError(ValueError):
    """A world, user or item that cannot be had; the message says what to do."""
