"""The time that a run still takes, by what was seen of it."""

from experiments.served.pace import ENOUGH, STALE, Pace


def test_nothing_is_told_before_three_episodes_have_ended() -> None:
    pace = Pace()
    assert pace.seconds_left(0, 10, 30) is None
    assert pace.seconds_left(10, 12, 30) is None
    assert pace.seconds_left(20, 14, 30) == 80  # 4 in 20 s, and 16 to go


def test_it_follows_from_the_latest_episodes() -> None:
    pace = Pace()
    for at in range(ENOUGH + 1):
        pace.seconds_left(at, 10 * at, 1000)
    at, ended = ENOUGH, 10 * ENOUGH
    for _ in range(ENOUGH):
        at, ended = at + 50, ended + 1
        left = pace.seconds_left(at, ended, 1000)
    assert left == 50 * (1000 - ended)


def test_it_grows_while_no_episode_ends() -> None:
    pace = Pace()
    pace.seconds_left(0, 0, 10)
    assert pace.seconds_left(10, 5, 10) == 10
    assert pace.seconds_left(20, 5, 10) == 20


def test_it_begins_anew_after_a_pause_and_where_episodes_are_gone() -> None:
    pace = Pace()
    pace.seconds_left(0, 0, 10)
    assert pace.seconds_left(10, 5, 10) is not None
    assert pace.seconds_left(10 + STALE + 1, 8, 10) is None
    assert pace.seconds_left(140, 2, 10) is None
