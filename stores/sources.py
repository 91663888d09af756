"""Where the facts of rows come from: a user and an episode, whose name begins with its run's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from stores.rows import MEMORIES, USED_BY, Entry, MemoryName, Row, tick_of

RowsByMemory = Mapping[MemoryName, Mapping[str, Row]]
Origin = tuple[str, str | int]
OF_ONE_KEY = "value"  # the key of all values in the paper, which names no episode


@dataclass(frozen=True)
class Source:
    """A user, a run or an episode; of several that are given, each is meant."""

    user: str | None = None
    run: str | None = None
    episode: str | None = None


@dataclass(frozen=True)
class Withdrawn:
    """Rows without the facts of a source, how many facts these were, and of which episodes.

    Rows that were left without facts are `dropped`. Of the facts that are left, `unmarked` name
    neither a user nor an episode.
    """

    rows: dict[MemoryName, dict[str, Row]]
    facts: int
    dropped: int
    episodes: frozenset[str]
    unmarked: int


def episode_of(name: MemoryName, key: str, entry: Entry) -> str | None:
    """The episode that a fact comes from; those of older versions tell it by their key at most."""
    if "episode" in entry:
        return str(entry["episode"])
    if key.startswith(USED_BY):
        return key.removeprefix(USED_BY)
    if name == "reflections":
        return key
    if name == "values" and key != OF_ONE_KEY:
        return key.rpartition(".")[0] or None
    return None


def origin_of(name: MemoryName, key: str, entry: Entry) -> Origin:
    """Whose fact it is: a user's, or where none is known that of an episode or of its time."""
    if "user" in entry:
        return "user", entry["user"] if isinstance(entry["user"], int) else str(entry["user"])
    episode = episode_of(name, key, entry)
    return ("episode", episode) if episode else ("time", tick_of(int(entry["at"])))


def episodes_of(rows: RowsByMemory) -> set[str]:
    """Every episode that the facts of rows name."""
    named = (episode_of(*fact) for fact in _facts(rows))
    return {episode for episode in named if episode}


def without(rows: RowsByMemory, source: Source) -> Withdrawn:
    """Rows without the facts and uses of a source; those without any other fact are gone."""
    episodes = _episodes_of_source(rows, source)
    facts, left = 0, dict[MemoryName, dict[str, Row]]()
    for name in MEMORIES:
        left[name] = {}
        for id_, row in rows[name].items():
            kept = {
                key: entry
                for key, entry in row.entries.items()
                if episode_of(name, key, entry) not in episodes and not _is_users(entry, source)
            }
            facts += len(row.entries) - len(kept)
            if any(not key.startswith(USED_BY) for key in kept):
                left[name][id_] = replace(row, entries=kept)
            else:
                facts += len(kept)
    dropped = sum(len(rows[name]) - len(left[name]) for name in MEMORIES)
    return Withdrawn(left, facts, dropped, frozenset(episodes), _unmarked(left))


def _episodes_of_source(rows: RowsByMemory, source: Source) -> set[str]:
    """The episodes of a source, so that facts of older versions go with those that name a user."""
    found = set[str]()
    for name, key, entry in _facts(rows):
        episode = episode_of(name, key, entry)
        if episode and (_is_users(entry, source) or _is_named(episode, source)):
            found.add(episode)
    return found


def _unmarked(rows: RowsByMemory) -> int:
    return sum(
        "user" not in entry and episode_of(name, key, entry) is None
        for name, key, entry in _facts(rows)
    )


def _facts(rows: RowsByMemory) -> Iterator[tuple[MemoryName, str, Entry]]:
    """Every fact of rows, with its memory and key."""
    for name in MEMORIES:
        for row in rows[name].values():
            for key, entry in row.entries.items():
                yield name, key, entry


def _is_users(entry: Entry, source: Source) -> bool:
    return source.user is not None and str(entry.get("user")) == source.user


def _is_named(episode: str, source: Source) -> bool:
    of_run = source.run is not None and episode.startswith(f"{source.run}/")
    return of_run or (source.episode is not None and episode == source.episode)
