"""What a cell plays again, and when failures end a run."""

from contextlib import closing
from pathlib import Path

import pytest

from experiments.playing.failures import IN_A_ROW, CircuitBreaker
from experiments.runs.cell import Cell
from experiments.runs.presets import Phase
from graph.training import EpisodeFailure
from models import Ledger, StoppedError
from tests.experiments.made_records import failed, record

GONE = EpisodeFailure(type="Gone", message="not now")


@pytest.mark.parametrize("phase", ["train", "frozen"])
def test_what_failed_is_played_again_unless_its_batch_is_committed(
    phase: Phase, tmp_path: Path
) -> None:
    cell = Cell(tmp_path)
    cell.open()
    cell.add(record(0, phase=phase))
    cell.add(failed(1, "Gone", phase=phase))
    assert set(cell.known_records(phase)) == {f"{phase}-0"}
    cell.add_batch({"phase": phase, "batch": 1, "rows": {"values": 3}})
    assert set(cell.known_records(phase)) == {f"{phase}-0", f"{phase}-1"}


def test_a_batch_of_another_phase_is_not_meant(tmp_path: Path) -> None:
    cell = Cell(tmp_path)
    cell.open()
    cell.add(failed(0, "Gone", phase="online"))
    cell.add_batch({"phase": "train", "batch": 1, "rows": {"values": 3}})
    assert cell.known_records("online") == {}


def test_failures_in_a_row_are_those_of_one_cell(tmp_path: Path) -> None:
    with closing(Ledger(tmp_path / "calls.csv")) as ledger:
        breaker = CircuitBreaker(ledger)
        for _ in range(IN_A_ROW - 1):
            breaker.record(("billp", 0), GONE)
            breaker.record(("billp", 1), GONE)
            breaker.record(("react", 0), None)
        breaker.record(("billp", 1), None)
        breaker.record(("billp", 1), GONE)
        said = r"10 episodes failed one after another, .* Gone \(not now\), in billp, seed 0"
        with pytest.raises(StoppedError, match=said):
            breaker.record(("billp", 0), GONE)
