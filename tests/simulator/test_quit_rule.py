"""The quit rule as laws."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simulator import QuitRule

ON_A_LINE = np.arange(200, dtype=np.float32)[:, None]  # distance is the difference of numbers
RULE = QuitRule(beta=3.0, window=4)
WELCOME = 5.0

items = st.integers(0, len(ON_A_LINE) - 1)
sessions = st.lists(items, max_size=12)
welcome = st.floats(2.0, 5.0)
unwelcome = st.floats(1.0, 2.0, exclude_max=True)


@given(earlier=sessions, recent=st.lists(items, min_size=1, max_size=4), data=st.data())
def test_an_item_closer_than_beta_to_one_of_the_last_w_makes_the_user_quit(
    earlier: list[int], recent: list[int], data: st.DataObject
) -> None:
    like = data.draw(st.sampled_from(recent))
    item = data.draw(st.integers(max(like - 2, 0), min(like + 2, 199)))
    shown = [*earlier, *recent]
    assert RULE.as_in_paper().cause(item, shown, WELCOME, ON_A_LINE) == "similar"


@given(recent=st.lists(items, max_size=4), item=items)
def test_an_item_at_least_beta_from_the_last_w_does_not_bore(recent: list[int], item: int) -> None:
    assume(all(abs(item - other) >= RULE.beta for other in recent))
    assert RULE.cause(item, recent, WELCOME, ON_A_LINE) is None


@given(earlier=sessions, recent=st.lists(items, min_size=4, max_size=4), item=items)
def test_what_lies_farther_back_than_the_window_does_not_matter(
    earlier: list[int], recent: list[int], item: int
) -> None:
    rule = RULE.as_in_paper()
    with_it = rule.cause(item, [*earlier, *recent], WELCOME, ON_A_LINE)
    assert with_it == rule.cause(item, recent, WELCOME, ON_A_LINE)


@given(shown=sessions, item=items)
def test_with_a_window_of_zero_nothing_bores(shown: list[int], item: int) -> None:
    rule = RULE.with_window(0).as_in_paper()
    assert rule.cause(item, shown, WELCOME, ON_A_LINE) is None


@pytest.mark.parametrize(("beta", "cause"), [(5.0, None), (5.001, "similar")])
def test_distance_is_l2_and_exactly_beta_is_far_enough(beta: float, cause: str | None) -> None:
    corners = np.array([[0, 0], [3, 4]], np.float32)
    assert QuitRule(beta).cause(1, [0], WELCOME, corners) == cause


@given(shown=sessions, item=items, reward=unwelcome)
def test_a_reward_below_two_makes_the_user_quit(shown: list[int], item: int, reward: float) -> None:
    assert RULE.cause(item, shown, reward, ON_A_LINE) is not None


@given(item=items, reward=unwelcome)
def test_the_first_item_can_be_disliked(item: int, reward: float) -> None:
    assert RULE.cause(item, [], reward, ON_A_LINE) == "disliked"


def test_a_reward_of_exactly_two_does_not_make_the_user_quit() -> None:
    assert RULE.cause(0, [], 2.0, ON_A_LINE) is None


@given(shown=st.lists(items, min_size=1, max_size=30), reward=welcome, data=st.data())
def test_an_item_shown_before_makes_the_user_quit_however_long_ago(
    shown: list[int], reward: float, data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(shown))
    assert RULE.cause(again, shown, reward, ON_A_LINE) == "repeated"


@given(recent=st.lists(items, min_size=4, max_size=4), item=items)
def test_as_in_paper_an_item_outside_the_window_may_return(recent: list[int], item: int) -> None:
    assume(all(abs(item - other) >= RULE.beta for other in recent))
    assert RULE.as_in_paper().cause(item, [item, *recent], WELCOME, ON_A_LINE) is None


@given(recent=st.lists(items, min_size=1, max_size=4), data=st.data())
def test_as_in_paper_a_repeat_within_the_window_is_merely_similar(
    recent: list[int], data: st.DataObject
) -> None:
    again = data.draw(st.sampled_from(recent))
    assert RULE.as_in_paper().cause(again, recent, WELCOME, ON_A_LINE) == "similar"


@given(shown=sessions, item=items)
def test_as_in_paper_with_beta_zero_even_a_repeat_within_the_window_is_fine(
    shown: list[int], item: int
) -> None:
    rule = replace(RULE, beta=0.0).as_in_paper()
    assert rule.cause(item, shown, WELCOME, ON_A_LINE) is None


@given(reward=unwelcome)
def test_of_several_causes_repetition_comes_first_then_likeness_then_dislike(reward: float) -> None:
    shown = [10]
    causes = [RULE.cause(item, shown, reward, ON_A_LINE) for item in (10, 11, 100)]
    assert causes == ["repeated", "similar", "disliked"]


def test_another_window_leaves_the_rest_of_the_rule_alone() -> None:
    rule = QuitRule(beta=1.5, window=4, min_reward=2.5, no_repeats=False)
    assert rule.with_window(9) == QuitRule(beta=1.5, window=9, min_reward=2.5, no_repeats=False)
