"""Facts of memories and their times, in words."""

from collections.abc import Mapping
from datetime import UTC, datetime

from stores.rows import tick_of

FIRST_DATE = 10**11  # milliseconds: smaller ticks number the episodes of a run
LAST_DATE = 253_370_764_800_000  # the year 9999: an imported row may have any stamp


def moment_of(stamp: int) -> datetime | None:
    """When a row was written or used, where the stamp is of a clock and not of a run's episode."""
    tick = tick_of(stamp)
    if not FIRST_DATE <= tick < LAST_DATE:
        return None
    return datetime.fromtimestamp(tick / 1000, UTC)


def time_in_words(stamp: int) -> str:
    """When a row was written or used: runs number their episodes, live use has a clock."""
    moment = moment_of(stamp)
    if moment is None:
        return f"episode {tick_of(stamp)}"
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"


def fact_in_words(key: str, entry: Mapping[str, object]) -> str:
    """What a row learned, and from whom or what."""
    match dict(entry):
        case {"verdict": verdict}:
            return f"{key} {'paid off' if verdict else 'did not pay off'}"
        case {"target": target}:
            return f"{target}"
        case {"length": int(length), "reward": reward}:
            note = f"; it wrote: {entry['note']}" if entry.get("note") else ""
            rounds = f"{length:,} round{'' if length == 1 else 's'}"
            return f"{key}: {rounds}, ratings {reward} in all{note}"
        case {"reward": reward}:
            return f"{key}: ratings {reward} in all"
    return f"{key}: {', '.join(f'{name} {value}' for name, value in entry.items())}"
