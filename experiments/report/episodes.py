"""Every episode of a run in brief, read one by one; and where its whole record stands."""

from collections.abc import Callable
from pathlib import Path
from sys import intern
from typing import Any, NamedTuple

from experiments.report.source import Lines, Source, read_object


class Episode(NamedTuple):
    """What a list of episodes shows of one."""

    variant: str
    seed: int
    phase: str
    number: int
    batch: int
    user: int
    rounds: int
    total: float
    end: str
    error: str
    path: Path
    offset: int

    @property
    def place(self) -> tuple[str, str, int, int]:
        """Which of the run's episodes it is."""
        return self.phase, self.variant, self.seed, self.number


class Episodes(NamedTuple):
    """All of them in order, and how many lines could not be read."""

    all: list[Episode]
    unreadable: int


FAILED, STAYED = "failed", "stayed"
ORDER = ("frozen", "online", "train")


def read_episodes(run: Source) -> Episodes:
    """One pass over all records; of one that was played again the last counts."""
    found: dict[tuple[str, str, int, int], Episode] = {}
    unreadable = 0
    for cell in run.cells():
        lines = Lines(cell / "episodes.jsonl")
        for offset, record in lines:
            try:
                episode = _brief(record, lines.path, offset)
                found[episode.place] = episode
            except (KeyError, TypeError, ValueError, AttributeError):
                unreadable += 1
        unreadable += lines.damaged
    return Episodes(sorted(found.values(), key=_listed(run)), unreadable)


def load(episode: Episode) -> dict[str, Any]:
    """The whole record of an episode."""
    with episode.path.open("rb") as lines:
        lines.seek(episode.offset)
        return read_object(lines.readline()) or {}


def _brief(record: dict[str, Any], path: Path, offset: int) -> Episode:
    error = record["error"]
    return Episode(
        variant=intern(str(record["variant"])),
        seed=int(record["seed"]),
        phase=intern(str(record["phase"])),
        number=int(record["number"]),
        batch=int(record["batch"]),
        user=int(record["user"]),
        rounds=len(record["steps"]),
        total=round(sum(float(step["reward"]) for step in record["steps"]), 3),
        end=intern(FAILED if error else str(record["cause"] or STAYED)),
        error=intern(str(error["type"])) if error else "",
        path=path,
        offset=offset,
    )


def _listed(run: Source) -> Callable[[Episode], tuple[Any, ...]]:
    """Evaluation before training, variants as in the settings, then seed and number."""
    variants = {name: at for at, name in enumerate(run.variants)}

    def key(episode: Episode) -> tuple[Any, ...]:
        phase = ORDER.index(episode.phase) if episode.phase in ORDER else len(ORDER)
        return phase, variants.get(episode.variant, len(variants)), episode.place

    return key
