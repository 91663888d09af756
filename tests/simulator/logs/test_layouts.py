"""A dataset is found by its name, and what is missing is named."""

from pathlib import Path

import pytest

from simulator import WorldError
from simulator.downloads import SOURCES
from simulator.logs import LAYOUTS, read_log


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(WorldError, match="unknown dataset 'stream': did you mean 'steam'"):
        read_log("stream", Path())


def test_a_name_like_none_is_answered_with_all() -> None:
    with pytest.raises(WorldError, match="known datasets: steam, amazon-book, movielens, csv"):
        read_log("netflix", Path())


def test_the_cores_are_the_papers() -> None:
    assert {name: layout.k for name, layout in LAYOUTS.items()} == {
        "steam": 5,
        "amazon-book": 90,
        "movielens": 5,
        "csv": 5,
    }


@pytest.mark.parametrize("name", LAYOUTS)
def test_an_empty_folder_says_what_to_place_there_and_on_which_terms(
    name: str, tmp_path: Path
) -> None:
    with pytest.raises(WorldError) as caught:
        read_log(name, tmp_path)
    source = SOURCES[name]
    for part in (str(tmp_path), source.needs, source.page, source.licence):
        assert part in str(caught.value)


@pytest.mark.parametrize("name", ["steam", "amazon-book", "movielens"])
def test_a_folder_that_is_not_there_is_named(name: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="nowhere is not there"):
        read_log(name, tmp_path / "nowhere")


def test_a_log_is_read_by_name(reference: Path) -> None:
    assert len(read_log("movielens", reference / "ml-latest-small")) == 100_836
