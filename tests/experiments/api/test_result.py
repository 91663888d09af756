"""The result of a run: typed rows, data frames, a table for notebooks, a page."""

import sys
from pathlib import Path

import pytest

from experiments import RunResult, compare, open_run
from experiments.errors import MissingExtraError, RunError


@pytest.fixture(scope="module")
def result(tmp_path_factory: pytest.TempPathFactory) -> RunResult:
    """A comparison of two policies, which needs no chat model."""
    folder = tmp_path_factory.mktemp("result") / "run"
    return compare(
        arms=["random", "genre-aware"], episodes=8, seeds=2, rounds=12, report=False, out=folder
    )


def test_every_metric_of_every_variant_is_a_row(result: RunResult) -> None:
    rows = [(one.variant, one.metric) for one in result.figures]
    assert rows == [
        (name, metric)
        for name in ("random", "genre-aware")
        for metric in ("len", "r_each", "r_traj")
    ]
    for one in result.figures:
        assert one.phase == "frozen"
        assert one.episodes == 16
        assert one.mean is not None
        assert one.low is not None
        assert one.high is not None
        assert one.low <= one.mean <= one.high


def test_a_figure_is_that_of_its_episodes(result: RunResult) -> None:
    lengths = [one.len for one in result.episodes() if one.variant == "genre-aware"]
    assert len(lengths) == 16
    assert result.figure("genre-aware", "len").mean == pytest.approx(sum(lengths) / 16)


def test_a_difference_is_that_of_the_means(result: RunResult) -> None:
    [found] = [one for one in result.differences if one.metric == "r_traj"]
    means = [result.figure(name, "r_traj").mean or 0 for name in (found.a, found.b)]
    assert (found.a, found.b, found.pairs) == ("random", "genre-aware", 16)
    assert found.mean == pytest.approx(means[0] - means[1], abs=1e-5)


def test_a_figure_that_is_not_there_is_refused_with_what_is(result: RunResult) -> None:
    with pytest.raises(RunError, match="no 'len' of 'bilp': the run compared random, genre-aware"):
        result.figure("bilp", "len")
    with pytest.raises(RunError, match="of 'random' in 'train'"):
        result.figure("random", "len", "train")


def test_tables_are_data_frames(result: RunResult) -> None:
    pytest.importorskip("pandas", reason="needs the extra 'pandas'")
    frame = result.to_pandas()
    assert list(frame.columns[:6]) == ["variant", "phase", "metric", "mean", "low", "high"]
    wide = frame.pivot(index="variant", columns="metric", values="mean")
    assert wide.loc["random", "len"] == result.figure("random", "len").mean
    assert len(result.to_pandas("episodes")) == 32
    assert list(result.to_pandas("differences")["pairs"]) == [16, 16, 16]


def test_without_pandas_the_command_that_installs_it_is_told(
    result: RunResult, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingExtraError, match=r"-m pip install -e '\.\[pandas\]'"):
        result.to_pandas()


def test_a_notebook_shows_a_table_of_safe_text(result: RunResult) -> None:
    html = result._repr_html_()
    assert html.count("<tr>") == 3
    assert str(result.summary.variants["random"].phases["frozen"].len) in html
    variants = {"<b>": result.summary.variants["random"]}
    hostile = RunResult(
        result.folder, result.summary.__class__(**{**vars(result.summary), "variants": variants})
    )
    assert "&lt;b&gt;" in hostile._repr_html_()


@pytest.mark.slow
def test_the_page_is_made_when_it_is_asked_for(result: RunResult) -> None:
    assert not (result.folder / "report.html").exists()
    page = open_run(result.folder).report()
    assert page == result.folder / "report.html"
    assert "genre-aware" in Path(page).read_text()
