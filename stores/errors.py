"""What can go wrong with memories and embeddings."""


class StoreError(RuntimeError):
    """A memory or an embedding model that cannot be used; the message says what to do."""


class StoreInUseError(StoreError):
    """Another process has this memory folder open."""


class WrongWeightsError(StoreError):
    """The embedding model's weights have the wrong hash."""


def first_line(error: BaseException) -> str:
    """The first line of an error, for one-line messages."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
