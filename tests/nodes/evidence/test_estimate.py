"""Evidence finds which facts foretell that users stay, and says nothing of what it cannot know."""

from dataclasses import replace

import numpy as np
import pytest

from nodes.evidence.estimate import Round, learn

SESSIONS = 400


def played(seed: int, window: int = 4, beta: float = 1.3, floor: float = 2.0) -> list[Round]:
    """Sessions of users who leave over what is alike within a window, or rated too low."""
    dice = np.random.default_rng(seed)
    rounds = []
    for session in range(SESSIONS):
        for _ in range(30):
            alike = np.maximum.accumulate(dice.normal(0, 1, 8))
            rating = float(dice.uniform(1.5, 5))
            facts = {f"alike{n}": float(alike[n - 1]) for n in (1, 2, 4, 8)} | {"rating": rating}
            stayed = rating >= floor and (not window or bool(alike[window - 1] < beta))
            rounds.append(Round(facts, stayed, rating if stayed else -5.0, session))
            if not stayed:
                break
    return rounds


@pytest.mark.parametrize("window", [1, 2, 4, 8])
def test_the_window_that_bores_users_is_found(window: int) -> None:
    evidence = learn(played(0, window))
    assert evidence
    assert next(name for name in evidence.names if name != "rating") == f"alike{window}"


def test_where_nobody_is_bored_likeness_does_not_matter() -> None:
    evidence = learn(played(1, window=0))
    assert evidence
    assert evidence.names[0] == "rating"
    facts = {"rating": 4.0} | dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), 0.0)
    alike = {**facts, **dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), 2.0)}
    assert abs(evidence.stay(facts) - evidence.stay(alike)) < 0.05


def test_shares_tell_users_who_stay_from_those_who_leave() -> None:
    evidence = learn(played(2))
    assert evidence
    others = played(3)
    shares = np.array([evidence.stay(one.facts) for one in others])
    stayed = np.array([one.stayed for one in others])
    pairs = shares[stayed][:, None] - shares[~stayed][None, :]
    assert float((pairs > 0).mean()) > 0.9
    assert abs(shares.mean() - stayed.mean()) < 0.05


def test_likeness_counts_from_where_it_bores() -> None:
    evidence = learn(played(2, beta=1.0))
    assert evidence
    assert any(term.fact == "alike4" and term.knot is not None for term in evidence.terms)

    def stay(alike: float) -> float:
        near = dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), alike)
        return evidence.stay({"rating": 4.0, **near})

    assert abs(stay(-2.0) - stay(0.0)) < 0.1
    assert stay(0.0) - stay(2.0) > 0.5


def test_reversed_outcomes_reverse_what_is_recommended() -> None:
    usual = played(4)
    told = learn(usual)
    lied = learn([Round(one.facts, not one.stayed, -one.advantage, one.session) for one in usual])
    assert told
    assert lied
    rested = {"rating": 4.0} | dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), -1.0)
    boring = {**rested, **dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), 1.5)}
    assert told.stay(rested) > told.stay(boring)
    assert lied.stay(rested) < lied.stay(boring)
    assert told.advantage(rested) > told.advantage(boring)


def test_no_rating_makes_up_for_an_item_that_is_too_much_alike() -> None:
    dice = np.random.default_rng(8)
    rounds = []
    for session in range(4000):
        facts = {"rating": float(dice.uniform(1, 5)), "alike4": float(dice.normal(0, 1))}
        pleased = dice.random() < 1 / (1 + np.exp(3 - 2 * facts["rating"]))
        bored = facts["alike4"] > 1.0 and dice.random() < 0.5
        rounds.append(Round(facts, bool(pleased and not bored), 1.0, session))
    evidence = learn(rounds)
    assert evidence
    assert evidence.stay({"rating": 5.0, "alike4": -1.0}) > 0.95
    assert evidence.stay({"rating": 5.0, "alike4": 1.6}) == pytest.approx(0.5, abs=0.12)
    assert evidence.stay({"rating": 1.2, "alike4": -1.0}) == pytest.approx(0.35, abs=0.12)


def test_of_likeness_one_window_counts() -> None:
    evidence = learn(played(9))
    assert evidence
    assert {term.fact for term in evidence.terms} == {"rating", "alike4"}


def test_sessions_held_out_may_be_all_in_which_users_left() -> None:
    rounds = [
        Round({"rating": 3.0 + at % 3, "alike4": 0.0}, session % 5 != 0, 1.0, session)
        for session in range(50)
        for at in range(3)
    ]
    assert learn(rounds) is None


def test_what_chance_gives_seldom_enters() -> None:
    rounds = played(10)[:1500]
    dice = np.random.default_rng(10)
    entered = 0
    for _ in range(20):
        dealt = [rounds[at] for at in dice.permutation(len(rounds))]
        pairs = zip(rounds, dealt, strict=True)
        entered += learn([replace(one, stayed=other.stayed) for one, other in pairs]) is not None
    assert entered <= 5


@pytest.mark.parametrize("departures", [0, 4])
def test_few_departures_say_nothing(departures: int) -> None:
    rounds = played(5)
    left = [one for one in rounds if not one.stayed][:departures]
    assert learn([*(one for one in rounds if one.stayed), *left]) is None


def test_no_more_facts_enter_than_every_fifth_departure_bears() -> None:
    rounds = played(6)
    left = [one for one in rounds if not one.stayed][:9]
    evidence = learn([*(one for one in rounds if one.stayed), *left])
    assert evidence
    assert len([name for name in evidence.names if name != "rating"]) <= 1


def test_a_fact_that_never_varied_is_not_used() -> None:
    rounds = [replace(one, facts={**one.facts, "alike4": 0.0}) for one in played(7)]
    evidence = learn(rounds)
    assert evidence
    assert "alike4" not in evidence.names


def shares_by_rating(rounds: list[Round]) -> tuple[float, float]:
    """The shares who stay with items that rest, expected to be rated 2 and 4.5."""
    evidence = learn(rounds)
    assert evidence
    rested = dict.fromkeys(("alike1", "alike2", "alike4", "alike8"), -1.0)
    return evidence.stay({**rested, "rating": 2.0}), evidence.stay({**rested, "rating": 4.5})


def test_ratings_count_where_nobody_was_displeased_yet() -> None:
    high = [one for one in played(11, floor=0.0) if one.facts["rating"] > 3.5][:200]
    low, usual = shares_by_rating(high)
    assert low < 0.95 < usual


def test_ratings_that_do_not_matter_are_found_not_to() -> None:
    low, usual = shares_by_rating(played(11, floor=0.0))
    assert usual - low < 0.03


def test_records_that_contradict_each_other_tell_no_items_apart() -> None:
    facts = {"rating": 3.0, "alike4": 0.0}
    rounds = [Round(facts, stayed, 0.0, n) for n, stayed in enumerate([True, False] * 20)]
    assert learn(rounds) is None
