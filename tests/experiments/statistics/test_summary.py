"""What a run's summary says of its sessions."""

import json
from dataclasses import asdict, replace
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.runs.records import BatchRecord
from experiments.statistics.episodes import Episode
from experiments.statistics.figures import CriticFigures, GrowthPoint, VariantSummary
from experiments.statistics.intervals import Estimate
from experiments.statistics.metrics import SessionColumns, metrics
from experiments.statistics.summary import summarise_run
from tests.experiments.made_records import episodes, failed, phase_of, record, run_file, variant

NOTHING = Estimate(None, None, None)
THREE = [
    record(0, (4.0, 3.0, 1.5), "disliked"),
    record(1, (5.0,), "similar"),
    record(2, (4.0, 4.0, 4.0, 4.0), None),
]


def summary_of(played: list[Episode], batches: Any = None) -> VariantSummary:
    return summarise_run(run_file(variant("billp")), played, batches).variants["billp"]


def test_figures_are_those_of_the_sessions() -> None:
    figures = phase_of(THREE)
    expected = metrics(
        SessionColumns(np.array([0, 1, 2]), np.array([3.0, 1.0, 4.0]), np.array([8.5, 5.0, 16.0]))
    )
    for name in ("len", "r_each", "r_traj"):
        found = vars(getattr(figures, name))
        assert found == pytest.approx(vars(getattr(expected, name)), abs=1e-6)
    assert (figures.episodes, figures.users) == (3, 3)
    assert figures.ends == {"similar": 1, "disliked": 1, "stayed": 1}


def test_without_last_only_the_round_that_made_the_user_leave_is_dropped() -> None:
    without = phase_of(THREE).without_last
    assert without.len.mean == pytest.approx((2 + 0 + 4) / 3, abs=1e-6)
    assert without.r_traj.mean == pytest.approx((7 + 0 + 16) / 3, abs=1e-6)
    assert without.r_each.mean == pytest.approx(23 / 6, abs=1e-6)


def test_where_every_user_left_at_once_no_reward_per_round_is_left() -> None:
    figures = phase_of([record(n, (1.0,), "disliked") for n in range(3)])
    assert figures.without_last.r_each == NOTHING


def test_survival_tells_who_is_left_and_why_the_others_went() -> None:
    assert phase_of(THREE).survival == [
        {"round": 1, "alive": 0.666667, "similar": 0.333333, "disliked": 0.0},
        {"round": 2, "alive": 0.666667, "similar": 0.333333, "disliked": 0.0},
        {"round": 3, "alive": 0.333333, "similar": 0.333333, "disliked": 0.333333},
        {"round": 4, "alive": 0.333333, "similar": 0.333333, "disliked": 0.333333},
    ]


def test_repeats_and_distinct_items_are_counted_by_title() -> None:
    figures = phase_of(
        [record(0, (4.0,) * 3, items=["A", "B", "A"]), record(1, (4.0,) * 2, items=["B", "C"])]
    )
    assert figures.distinct_items.per_episode.mean == 2.0
    assert figures.distinct_items.overall == 3
    assert figures.repeats == 0.5


def test_shares_of_popularity_groups_are_those_of_the_items_recommended() -> None:
    groups = {"A": 1, "B": 1, "C": 5}
    played = [record(0, (4.0,) * 5, items=["A", "B", "A", "C", "unknown"])]
    assert phase_of(played, groups=groups).groups == [0.75, 0.0, 0.0, 0.0, 0.25]
    assert phase_of(played).groups is None


def test_how_replies_led_to_items_is_told_in_shares_where_a_chat_model_spoke() -> None:
    played = [record(0, (4.0,) * 4, found=["exact", "exact", "fuzzy", "nearest"])]
    shares = {"number": 0.0, "exact": 0.5, "normalised": 0.0, "fuzzy": 0.25, "nearest": 0.25}
    assert phase_of(played).found == shares
    assert phase_of(played, variant("random")).found is None


def test_what_failed_is_an_error_and_nothing_else() -> None:
    broken = [failed(8, "APITimeoutError"), failed(9, "ValueError"), failed(7, "APITimeoutError")]
    figures, clean = phase_of([*THREE, *broken]), phase_of(THREE)
    assert figures.errors == 3
    assert figures.error_types == {"APITimeoutError": 2, "ValueError": 1}
    assert replace(figures, errors=0, error_types={}) == clean


def test_a_phase_in_which_all_failed_has_errors_and_no_figures() -> None:
    figures = phase_of([failed(0, "APITimeoutError"), failed(1, "APITimeoutError")])
    assert (figures.episodes, figures.errors) == (0, 2)
    assert figures.len == NOTHING
    assert (figures.ends, figures.survival, figures.repeats) == ({}, [], None)


def test_of_records_of_one_id_the_last_counts() -> None:
    retried = [failed(0, "APITimeoutError"), record(0, (2.0, 3.0)), record(1, (4.0,))]
    assert phase_of(retried) == phase_of(retried[1:])
    assert phase_of([*retried, failed(1, "ValueError")]).episodes == 1


def test_one_number_in_two_phases_is_two_episodes() -> None:
    played = [record(0, phase="train"), record(0, phase="frozen")]
    assert phase_of(played, phase="train").episodes == 1
    assert phase_of(played, phase="frozen").episodes == 1


def test_seeds_of_one_user_are_one_cluster_and_differ_by_their_spread() -> None:
    played = [record(n, (4.0,) * (n + seed + 1), seed=seed) for seed in (0, 2) for n in range(3)]
    figures = phase_of(played)
    assert (figures.episodes, figures.users) == (6, 3)
    assert figures.seed_spread is not None
    assert figures.seed_spread.len == pytest.approx(2**0.5, abs=1e-6)
    assert figures.seed_spread.r_each == 0.0
    assert phase_of(played[:3]).seed_spread is None


def test_only_phases_that_were_played_appear() -> None:
    played = episodes([record(0, phase="online"), record(0, phase="train")])
    variants = summarise_run(run_file(variant("billp"), variant("react")), played).variants
    assert list(variants["billp"].phases) == ["train", "online"]
    assert variants["react"].phases == {}


def test_learning_is_told_batch_by_batch_over_all_seeds() -> None:
    played = [
        record(n, (3.0,) * (n + 1), phase="train", batch=n // 2 + 1, seed=seed)
        for seed in (0, 1)
        for n in range(4)
    ]
    learning = summary_of(episodes(played)).learning
    told = [(point.batch, point.episodes, point.len.mean) for point in learning]
    assert told == [(1, 4, 1.5), (2, 4, 3.5)]


def test_growth_is_the_mean_over_seeds_of_what_training_left_in_memory() -> None:
    def batch(number: int, rows: int, phase: Any = "train") -> BatchRecord:
        sizes = {"reflections": rows, "experiences": 2 * rows, "values": 0}
        return BatchRecord(phase=phase, batch=number, rows=sizes)

    seeds = [[batch(2, 9), batch(1, 99), batch(1, 4)], [batch(1, 5), batch(1, 70, "online")]]
    assert summary_of([], {"billp": seeds}).growth == [
        GrowthPoint(batch=1, reflections=4.5, experiences=9.0, values=0.0),
        GrowthPoint(batch=2, reflections=9.0, experiences=18.0, values=0.0),
    ]


def test_pairs_are_the_sessions_that_both_played_to_their_end() -> None:
    react = [record(0, (4.0,)), record(1, (4.0,) * 2), record(2)]
    billp = [record(1, (4.0,) * 5), record(0, (4.0,) * 2), failed(2, "ValueError")]
    played = episodes([*billp, record(0, (4.0,) * 9, seed=1)]) + episodes(react, "react")
    runs = run_file(variant("billp"), variant("random"), variant("react"))
    (pair,) = summarise_run(runs, played).paired
    assert (pair.phase, pair.a, pair.b, pair.pairs) == ("frozen", "billp", "react", 2)
    assert pair.len.mean == 2.0
    assert pair.r_each == Estimate(0.0, 0.0, 0.0)


def test_every_two_variants_are_compared_once_in_each_phase_that_both_played() -> None:
    names = ("act-only", "react", "billp")
    played = [
        episode
        for name in reversed(names)
        for episode in episodes([record(0, phase="frozen"), record(0, phase="online")], name)
    ]
    told = summarise_run(run_file(*map(variant, names)), played).paired
    assert [(pair.phase, pair.a, pair.b) for pair in told] == [
        (phase, a, b)
        for phase in ("frozen", "online")
        for a, b in (("act-only", "react"), ("act-only", "billp"), ("react", "billp"))
    ]


def test_settings_are_handed_on_as_they_are() -> None:
    run = run_file(variant("billp", changes={"tau_actor": 0.12345678}))
    study = CriticFigures(variant="billp", gamma=0.12345678, states=[])
    summary = summarise_run(run, [], critic=study)
    assert (summary.schema, summary.preset, summary.rounds) == (1, "table3", 100)
    assert summary.world == run.world
    assert summary.variants["billp"].changes == {"tau_actor": 0.12345678}
    assert summary.critic == replace(study, gamma=0.123457, estimators=[])


RATINGS = st.lists(st.floats(1, 5), min_size=1, max_size=6)
EPISODES = st.lists(
    st.tuples(st.integers(0, 4), RATINGS, st.sampled_from([None, "similar", "disliked"])),
    min_size=2,
    max_size=12,
)


@given(EPISODES, EPISODES, st.randoms(use_true_random=False))
def test_the_order_in_which_records_were_written_leaves_no_trace(
    first: Any, second: Any, random: Random
) -> None:
    def cell(name: str, seed: int, sessions: Any) -> list[Episode]:
        records = [
            record(n, ratings, cause, user=user, seed=seed)
            for n, (user, ratings, cause) in enumerate(sessions)
        ]
        return episodes(records, name)

    played = [*cell("billp", 0, first), *cell("billp", 1, second)]
    played += [*cell("react", 0, second), *cell("react", 1, first)]
    run = run_file(variant("billp"), variant("react"), seeds=(0, 1))
    straight = asdict(summarise_run(run, played))
    random.shuffle(played)
    shuffled = asdict(summarise_run(run, played))
    assert json.dumps(straight, allow_nan=False) == json.dumps(shuffled, allow_nan=False)
