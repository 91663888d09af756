"""What a run's summary says of its sessions."""

import json
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from experiments.runs.records import BatchRecord, Record
from experiments.statistics.metrics import Session, summarise
from experiments.statistics.summary import Cell, summarise_run
from tests.experiments.made_records import failed, phase_of, record, run_file, variant

THREE = [
    record(0, (4.0, 3.0, 1.5), "disliked"),
    record(1, (5.0,), "similar"),
    record(2, (4.0, 4.0, 4.0, 4.0), None),
]


def test_figures_are_those_of_the_sessions() -> None:
    figures = phase_of(THREE)
    expected = summarise(
        [Session(r["user"], tuple(s["reward"] for s in r["steps"]), r["cause"]) for r in THREE]
    )
    for name in ("len", "r_each", "r_traj"):
        assert figures[name] == pytest.approx(vars(getattr(expected, name)), abs=1e-6)
    assert (figures["episodes"], figures["users"]) == (3, 3)
    assert figures["ends"] == {"similar": 1, "disliked": 1, "stayed": 1}


def test_without_last_only_the_round_that_made_the_user_leave_is_dropped() -> None:
    without = phase_of(THREE)["without_last"]
    assert without["len"]["mean"] == pytest.approx((2 + 0 + 4) / 3, abs=1e-6)
    assert without["r_traj"]["mean"] == pytest.approx((7 + 0 + 16) / 3, abs=1e-6)
    assert without["r_each"]["mean"] == pytest.approx(23 / 6, abs=1e-6)


def test_where_every_user_left_at_once_no_reward_per_round_is_left() -> None:
    figures = phase_of([record(n, (1.0,), "disliked") for n in range(3)])
    assert figures["without_last"]["r_each"] == {"mean": None, "low": None, "high": None}


def test_survival_tells_who_is_left_and_why_the_others_went() -> None:
    assert phase_of(THREE)["survival"] == [
        {"round": 1, "alive": 0.666667, "similar": 0.333333, "disliked": 0.0},
        {"round": 2, "alive": 0.666667, "similar": 0.333333, "disliked": 0.0},
        {"round": 3, "alive": 0.333333, "similar": 0.333333, "disliked": 0.333333},
        {"round": 4, "alive": 0.333333, "similar": 0.333333, "disliked": 0.333333},
    ]


def test_repeats_and_distinct_items_are_counted_by_title() -> None:
    figures = phase_of(
        [
            record(0, (4.0,) * 3, items=["A", "B", "A"]),
            record(1, (4.0,) * 2, items=["B", "C"]),
        ]
    )
    assert figures["distinct_items"]["per_episode"]["mean"] == 2.0
    assert figures["distinct_items"]["overall"] == 3
    assert figures["repeats"] == 0.5


def test_shares_of_popularity_groups_are_those_of_the_items_recommended() -> None:
    groups = {"A": 1, "B": 1, "C": 5}
    played = [record(0, (4.0,) * 5, items=["A", "B", "A", "C", "unknown"])]
    assert phase_of(played, groups=groups)["groups"] == [0.75, 0.0, 0.0, 0.0, 0.25]
    assert phase_of(played)["groups"] is None


def test_how_replies_led_to_items_is_told_in_shares_where_a_chat_model_spoke() -> None:
    played = [record(0, (4.0,) * 4, found=["exact", "exact", "fuzzy", "nearest"])]
    shares = {"exact": 0.5, "normalised": 0.0, "fuzzy": 0.25, "nearest": 0.25}
    assert phase_of(played)["found"] == shares
    assert phase_of(played, variant("random", "policy"))["found"] is None


def test_what_failed_is_an_error_and_nothing_else() -> None:
    broken = [failed(8, "APITimeoutError"), failed(9, "ValueError"), failed(7, "APITimeoutError")]
    figures, clean = phase_of([*THREE, *broken]), phase_of(THREE)
    assert figures["errors"] == 3
    assert figures["error_types"] == {"APITimeoutError": 2, "ValueError": 1}
    same = figures.keys() - {"errors", "error_types"}
    assert {name: figures[name] for name in same} == {name: clean[name] for name in same}


def test_a_phase_in_which_all_failed_has_errors_and_no_figures() -> None:
    figures = phase_of([failed(0, "APITimeoutError"), failed(1, "APITimeoutError")])
    assert (figures["episodes"], figures["errors"]) == (0, 2)
    assert figures["len"] == {"mean": None, "low": None, "high": None}
    assert (figures["ends"], figures["survival"], figures["repeats"]) == ({}, [], None)


def test_of_records_of_one_id_the_last_counts() -> None:
    retried = [failed(0, "APITimeoutError"), record(0, (2.0, 3.0)), record(1, (4.0,))]
    assert phase_of(retried) == phase_of(retried[1:])
    assert phase_of([*retried, failed(1, "ValueError")])["episodes"] == 1


def test_one_number_in_two_phases_is_two_episodes() -> None:
    played = [record(0, phase="train"), record(0, phase="frozen")]
    assert phase_of(played, phase="train")["episodes"] == 1
    assert phase_of(played, phase="frozen")["episodes"] == 1


def test_seeds_of_one_user_are_one_cluster_and_differ_by_their_spread() -> None:
    played = [record(n, (4.0,) * (n + seed + 1), seed=seed) for seed in (0, 2) for n in range(3)]
    figures = phase_of(played)
    assert (figures["episodes"], figures["users"]) == (6, 3)
    assert figures["seed_spread"]["len"] == pytest.approx(2**0.5, abs=1e-6)
    assert figures["seed_spread"]["r_each"] == 0.0
    assert phase_of(played[:3])["seed_spread"] is None


def test_only_phases_that_were_played_appear() -> None:
    cells = [Cell("billp", 0, [record(0, phase="online"), record(0, phase="train")])]
    variants = summarise_run(run_file(variant("billp"), variant("react")), cells)["variants"]
    assert list(variants["billp"]["phases"]) == ["train", "online"]
    assert variants["react"]["phases"] == {}


def test_learning_is_told_batch_by_batch_over_all_seeds() -> None:
    cells = [
        Cell(
            "billp",
            seed,
            [record(n, (3.0,) * (n + 1), phase="train", batch=n // 2 + 1) for n in range(4)],
        )
        for seed in (0, 1)
    ]
    learning = summarise_run(run_file(variant("billp")), cells)["variants"]["billp"]["learning"]
    told = [(point["batch"], point["episodes"], point["len"]["mean"]) for point in learning]
    assert told == [(1, 4, 1.5), (2, 4, 3.5)]


def test_growth_is_the_mean_over_seeds_of_what_training_left_in_memory() -> None:
    def batch(number: int, rows: int, phase: Any = "train") -> BatchRecord:
        sizes = {"reflections": rows, "experiences": 2 * rows, "values": 0}
        return BatchRecord(phase=phase, batch=number, rows=sizes)

    cells = [
        Cell("billp", 0, [], [batch(2, 9), batch(1, 99), batch(1, 4)]),
        Cell("billp", 1, [], [batch(1, 5), batch(1, 70, "online")]),
    ]
    growth = summarise_run(run_file(variant("billp")), cells)["variants"]["billp"]["growth"]
    assert growth == [
        {"batch": 1, "reflections": 4.5, "experiences": 9.0, "values": 0.0},
        {"batch": 2, "reflections": 9.0, "experiences": 18.0, "values": 0.0},
    ]


def test_pairs_are_the_sessions_that_both_played_to_their_end() -> None:
    cells = [
        Cell("react", 0, [record(0, (4.0,)), record(1, (4.0,) * 2), record(2)]),
        Cell("billp", 0, [record(1, (4.0,) * 5), record(0, (4.0,) * 2), failed(2, "ValueError")]),
        Cell("billp", 1, [record(0, (4.0,) * 9)]),
    ]
    runs = run_file(variant("billp"), variant("random", "policy"), variant("react"))
    (pair,) = summarise_run(runs, cells)["paired"]
    assert (pair["phase"], pair["a"], pair["b"], pair["pairs"]) == ("frozen", "billp", "react", 2)
    assert pair["len"]["mean"] == 2.0
    assert pair["r_each"] == {"mean": 0.0, "low": 0.0, "high": 0.0}


def test_every_two_variants_are_compared_once_in_each_phase_that_both_played() -> None:
    names = ("act-only", "react", "billp")
    cells = [
        Cell(name, 0, [record(0, phase="frozen"), record(0, phase="online")])
        for name in reversed(names)
    ]
    told = summarise_run(run_file(*map(variant, names)), cells)["paired"]
    assert [(pair["phase"], pair["a"], pair["b"]) for pair in told] == [
        (phase, a, b)
        for phase in ("frozen", "online")
        for a, b in (("act-only", "react"), ("act-only", "billp"), ("react", "billp"))
    ]


def test_a_cell_of_a_variant_that_the_run_has_not_is_refused() -> None:
    with pytest.raises(ValueError, match="'reflexion' is not of this run: billp"):
        summarise_run(run_file(variant("billp")), [Cell("reflexion", 0, [])])


def test_settings_are_handed_on_as_they_are() -> None:
    run = run_file(variant("billp", changes={"tau_actor": 0.12345678}))
    summary = summarise_run(run, [], critic={"gamma": 0.12345678})
    assert (summary["schema"], summary["preset"], summary["rounds"]) == (1, "table3", 100)
    assert summary["world"] == run["world"]
    assert summary["variants"]["billp"]["changes"] == {"tau_actor": 0.12345678}
    assert summary["critic"] == {"gamma": 0.123457}


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
    def played(episodes: Any, seed: int) -> list[Record]:
        return [
            record(n, ratings, cause, user=user, seed=seed)
            for n, (user, ratings, cause) in enumerate(episodes)
        ]

    cells = [("billp", 0, played(first, 0)), ("billp", 1, played(second, 1))]
    cells += [("react", 0, played(second, 0)), ("react", 1, played(first, 1))]
    run = run_file(variant("billp"), variant("react"), seeds=(0, 1))
    straight = summarise_run(run, [Cell(*cell) for cell in cells])
    random.shuffle(cells)
    for _, _, records in cells:
        random.shuffle(records)
    shuffled = summarise_run(run, [Cell(*cell) for cell in cells])
    assert json.dumps(straight, allow_nan=False) == json.dumps(shuffled, allow_nan=False)
