"""Which episodes a page shows step by step, when it cannot hold them all."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest

from experiments.report.episodes import FAILED, Episode


def preferred(episodes: Sequence[Episode]) -> Iterator[Episode]:
    """All episodes, those most worth seeing first, taking turns between variant, seed and phase."""
    groups: dict[tuple[str, str, int], list[Episode]] = {}
    for episode in episodes:
        groups.setdefault((episode.phase, episode.variant, episode.seed), []).append(episode)
    for turn in zip_longest(*map(_in_order, groups.values())):
        yield from (episode for episode in turn if episode is not None)


def _in_order(group: list[Episode]) -> list[Episode]:
    """Best, worst, middle, one of each way to end, then from the first on."""
    by_number = sorted(group, key=lambda episode: episode.number)
    ranked = sorted(by_number, key=lambda episode: -episode.total)
    played = [episode for episode in ranked if episode.end != FAILED]
    wanted = [played[0], played[-1], played[len(played) // 2]] if played else []
    first_of_each = {episode.end: episode for episode in reversed(by_number)}
    wanted += [first_of_each[end] for end in sorted(first_of_each)]
    return list(dict.fromkeys([*wanted, *by_number]))
