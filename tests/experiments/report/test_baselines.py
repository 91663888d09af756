"""What the page says of baselines that were trained: their curves, and the data behind them."""

import csv
from pathlib import Path

import pytest

from experiments.report import write_report
from experiments.statistics.figures import SeedCurve
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run
from tests.experiments.report.parsed import Page

pytestmark = pytest.mark.slow

CURVES = {
    "a2c": (
        SeedCurve(4000, 4000, True, {}, ((2000, 3.5), (4000, 11.0)), seed=0),
        SeedCurve(3000, 4000, True, {}, ((2000, 5.5), (3000, 9.0)), seed=1),
    )
}


@pytest.fixture
def trained(tmp_path: Path) -> Path:
    """A run whose variant a2c learned on two seeds."""
    plan = Plan(
        variants=(variant("billp"), variant("a2c")),
        seeds=(0, 1),
        episodes=4,
        train_episodes=4,
        batch=2,
        critic=False,
    )
    return make_run(tmp_path / "run", plan, CURVES)


def test_the_table_tells_the_data_that_was_seen(trained: Path) -> None:
    page = Page(write_report(trained).read_text(encoding="utf-8"))
    assert "baselines" in [attributes["id"] for attributes in page.all("section")]
    assert "a2c played with users 2 4,000 3,500 10.00" in page.text


def test_the_curve_has_means_over_seeds_and_a_band_around_them(trained: Path) -> None:
    write_report(trained)
    with (trained / "csv" / "baselines.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    assert [tuple(row.values()) for row in rows] == [
        ("a2c", "2000", "2", "4.5", "3.5", "5.5"),
        ("a2c", "3000", "1", "9.0", "9.0", "9.0"),
        ("a2c", "4000", "1", "11.0", "11.0", "11.0"),
    ]


def test_a_run_without_them_does_not_speak_of_them(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", Plan(variants=(variant("billp"),), seeds=(0,), episodes=2))
    page = Page(write_report(folder).read_text(encoding="utf-8"))
    assert "baselines" not in [attributes["id"] for attributes in page.all("section")]
