"""Counts in plain words."""


def counted(count: int, noun: str) -> str:
    """As in `1 line` and `1,200 lines`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
