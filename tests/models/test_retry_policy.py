"""How long to wait before asking again: longer each time, never without bounds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ModelError
from models.failures import Failure
from models.retry import RetryPolicy, retry_policy

times = st.floats(0.0, 1e6)


@given(failures=st.integers(1, 10**6), asked=times, first=times, longest=times)
def test_a_pause_is_what_the_server_asks_for_and_a_share_of_a_bounded_backoff(
    failures: int, asked: float, first: float, longest: float
) -> None:
    pause = RetryPolicy(first_pause=first, longest_pause=longest).pause(
        failures, Failure("", wait=asked)
    )
    assert asked <= pause <= asked + longest + 1e-6


@given(failures=st.integers(1, 8))
def test_pauses_are_drawn_from_the_whole_of_a_span_that_doubles(failures: int) -> None:
    bounds = RetryPolicy(first_pause=0.25, longest_pause=1e9)
    span = 0.25 * 2 ** (failures - 1)
    pauses = [bounds.pause(failures, Failure("")) / span for _ in range(400)]
    assert max(pauses) <= 1.0
    assert min(pauses) < 0.1
    assert max(pauses) > 0.9


@given(asked=times)
def test_a_reply_that_was_lost_is_asked_for_once_more_at_once(asked: float) -> None:
    assert RetryPolicy(first_pause=5.0).pause(1, Failure("", wait=asked, lost=True)) == asked
    again = [
        RetryPolicy(first_pause=5.0).pause(2, Failure("", wait=asked, lost=True)) for _ in range(50)
    ]
    assert max(again) > asked


def test_the_environment_sets_the_time_of_a_request(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_TIMEOUT", "7.5")
    assert retry_policy().timeout == 7.5
    assert retry_policy().deadline == 90.0
    monkeypatch.setenv("BILLP_TIMEOUT", "75")
    assert retry_policy().deadline == 225.0


@pytest.mark.parametrize("value", ["0", "-1", "long", "nan"])
def test_a_senseless_time_is_refused_by_name(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLP_TIMEOUT", value)
    with pytest.raises(ModelError, match=f"BILLP_TIMEOUT must be a number above 0, not '{value}'"):
        retry_policy()
