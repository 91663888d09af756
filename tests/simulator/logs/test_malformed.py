"""A few bad lines are noted; more than one in twenty end the reading."""

import pytest

from simulator import WorldError
from simulator.logs.lines import MalformedLines


def test_nothing_is_noted_when_every_line_was_fine() -> None:
    assert MalformedLines("log").notes() == []


def test_the_note_counts_and_names_the_first_line() -> None:
    bad = MalformedLines("reviews")
    bad.add(7, "no hours")
    bad.add(9, "no user")
    bad.check_share(40)
    assert bad.notes() == ["2 malformed lines skipped, the first at reviews line 7: no hours"]


def test_exactly_the_share_is_let_pass_and_one_more_is_not() -> None:
    bad = MalformedLines("log")
    for line in range(1, 6):
        bad.add(line, "odd")
    bad.check_share(100)
    bad.add(6, "odd")
    with pytest.raises(WorldError, match="6 of 100 lines are malformed, more than 5%"):
        bad.check_share(100)


def test_early_lines_are_not_judged_before_a_thousand_are_read() -> None:
    bad = MalformedLines("log")
    for line in range(1, 1_000):
        bad.add(line, "odd")
    with pytest.raises(WorldError, match="line 1: odd; line 2: odd; line 3: odd"):
        bad.add(1_000, "odd")
