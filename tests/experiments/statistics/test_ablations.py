"""Whether an ablation changed a prompt, told from the records of paired sessions."""

from typing import Any

import pytest

from experiments.runs.records import Record
from experiments.statistics.ablations import unchanged_notes
from experiments.statistics.figures import AlikeSessions, RunSummary
from experiments.statistics.summary import summarise_run
from nodes import Principle
from tests.experiments.made_records import episodes, recall, record, run_file, variant

PRINCIPLE = Principle(text="Vary the kinds.", distance=0.3)
PLAYED = [record(0, (4.0,) * 3, principles=[PRINCIPLE]), record(1, (5.0,) * 2)]


def summary_of(
    ablated: list[Record], whole: list[Record] = PLAYED, name: str = "billp-no-micro", **more: Any
) -> RunSummary:
    run = run_file(variant(name, **more), variant("billp"))
    return summarise_run(run, [*episodes(ablated, name), *episodes(whole, "billp")])


def test_sessions_that_are_the_same_word_for_word_are_said_to_be() -> None:
    summary = summary_of(PLAYED)
    assert summary.paired[0].alike == AlikeSessions(sessions=2, rounds=5, with_experience=0)
    [note] = unchanged_notes(summary, "frozen")
    assert note.startswith("billp-no-micro and billp are equal: in all 2 paired sessions no prompt")
    assert unchanged_notes(summary, "train") == []


def test_two_names_of_one_arm_are_said_to_be() -> None:
    run = run_file(variant("reflexion"), variant("billp-no-micro"))
    played = [*episodes(PLAYED, "reflexion"), *episodes(PLAYED, "billp-no-micro")]
    assert unchanged_notes(summarise_run(run, played), "frozen") == [
        "reflexion and billp-no-micro are equal: they are one arm under two names."
    ]


def test_experiences_that_changed_no_reply_are_counted() -> None:
    recalls = [recall("experiences", 2, 0.01), recall("experiences", 2, 0.02)]
    found = {**PLAYED[0], "recalls": [*recalls, recall("values", 1, 0.1, "critic")]}
    [note] = unchanged_notes(summary_of(PLAYED, [found, PLAYED[1]]), "frozen")  # type: ignore[list-item]
    assert "An experience was found in 1 of 5 rounds, and changed no reply." in note


def test_evidence_on_the_lines_counts_as_experience() -> None:
    told = {**PLAYED[0], "steps": [{**step, "evidence": 40} for step in PLAYED[0]["steps"]]}
    [note] = unchanged_notes(summary_of(PLAYED, [told, PLAYED[1]]), "frozen")  # type: ignore[list-item]
    assert "An experience was found in 3 of 5 rounds, and changed no reply." in note


@pytest.mark.parametrize(
    "change",
    [
        {"principles": []},
        {"history": ["Seen before"]},
        {"steps": [{**step, "plan": "another"} for step in PLAYED[0]["steps"]]},
        {"steps": [{**step, "reply": "recommend[it]"} for step in PLAYED[0]["steps"]]},
    ],
    ids=["principles", "history", "plan", "reply"],
)
def test_a_single_session_that_differs_by_a_word_silences_the_note(change: Any) -> None:
    summary = summary_of([{**PLAYED[0], **change}, PLAYED[1]])
    assert summary.paired[0].alike == AlikeSessions(sessions=1, rounds=2, with_experience=0)
    assert unchanged_notes(summary, "frozen") == []


def test_the_critics_verdicts_and_values_are_no_words_of_planner_or_actor() -> None:
    judged = {**PLAYED[0], "recalls": [recall("values", 1, 0.1, "critic")], "reflection": "So."}
    assert unchanged_notes(summary_of(PLAYED, [judged, PLAYED[1]]), "frozen")  # type: ignore[list-item]


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("random", {}),  # speaks no words
        ("billp-no-micro", {"model": "another"}),
        ("billp-no-micro", {"changes": {"window": 2}}),
    ],
)
def test_what_differs_in_more_than_learning_is_no_ablation(name: str, more: Any) -> None:
    summary = summary_of(PLAYED, name=name, **more)
    assert summary.paired[0].alike is None
    assert unchanged_notes(summary, "frozen") == []
