"""What can go wrong with memories and embeddings."""


class StoreError(RuntimeError):
    """A memory or an embedding model that cannot be used; the message says what to do."""


class StoreInUseError(StoreError):
    """Another process has this memory folder open."""


class WrongWeightsError(StoreError):
    """The embedding model's weights are not the ones that were asked for."""


def first_line(error: BaseException) -> str:
    """An error's first line, for messages that must stay on one."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
