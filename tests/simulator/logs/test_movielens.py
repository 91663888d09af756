"""MovieLens is read in each of its layouts."""

from pathlib import Path

import pytest

from simulator import WorldError
from simulator.logs import Log, read_movielens
from tests.simulator.logs.conftest import Write, ratings_of

FLAGS = "0|" * 18 + "1"


def latest(write: Write, ratings: list[str], films: list[str]) -> Log:
    path = write("ratings.csv", ["userId,movieId,rating,timestamp", *ratings])
    write("movies.csv", ["movieId,title,genres", *films])
    return read_movielens(path.parent)


def test_the_csv_layout_is_read(write: Write) -> None:
    log = latest(write, ["1,7,0.5,99", "2,7,4.5,98"], ['7,"Heat, The (1995)",Action|Crime'])
    assert ratings_of(log) == [("1", "Heat, The (1995)", 0.5), ("2", "Heat, The (1995)", 4.5)]
    assert log.catalogue.genres == (("Action", "Crime"),)
    assert log.times is not None
    assert log.times.tolist() == [99, 98]
    assert log.notes == ()


def test_a_film_may_have_no_genres(write: Write) -> None:
    log = latest(write, ["1,7,3,9"], ["7,Heat,(no genres listed)"])
    assert log.catalogue.genres == ((),)


def test_of_a_film_described_twice_the_first_counts(write: Write) -> None:
    log = latest(write, ["1,7,3,9"], ["7,Heat,Action", "7,Heat again,Crime"])
    assert log.catalogue.titles == ("Heat",)


def test_the_layout_with_colons_is_read_in_its_old_encoding(tmp_path: Path) -> None:
    (tmp_path / "ratings.dat").write_bytes(b"1::7::5::99\n")
    (tmp_path / "movies.dat").write_bytes(
        "7::Misérables, Les (1995)::Drama|Musical\n".encode("latin-1")
    )
    log = read_movielens(tmp_path)
    assert ratings_of(log) == [("1", "Misérables, Les (1995)", 5.0)]
    assert log.catalogue.genres == (("Drama", "Musical"),)


def test_the_layout_with_tabs_and_flags_is_read(tmp_path: Path) -> None:
    (tmp_path / "u.data").write_bytes(b"1\t7\t4\t99\n")
    line = f"7|Café (1995)|01-Jan-1995||http://x|{FLAGS}\n"
    (tmp_path / "u.item").write_bytes(line.encode("latin-1"))
    log = read_movielens(tmp_path)
    assert ratings_of(log) == [("1", "Café (1995)", 4.0)]
    assert log.catalogue.genres == (("Western",),)


def test_bytes_that_are_not_utf_8_are_replaced_and_counted(write: Write, tmp_path: Path) -> None:
    write("ratings.csv", ["userId,movieId,rating,timestamp", "1,7,3,9"])
    (tmp_path / "movies.csv").write_bytes(b"movieId,title,genres\n7,Caf\xe9,Drama\n")
    log = read_movielens(tmp_path)
    assert log.notes[0].startswith("1 line of movies.csv not in UTF-8")


def test_the_folder_that_an_archive_unpacks_into_is_found(write: Write, tmp_path: Path) -> None:
    write("ml-1m/ratings.dat", ["1::7::5::99"])
    write("ml-1m/movies.dat", ["7::Heat::Action"])
    assert len(read_movielens(tmp_path)) == 1


def test_several_logs_in_one_folder_are_not_guessed_between(write: Write, tmp_path: Path) -> None:
    for folder in ("ml-1m", "ml-10m"):
        write(f"{folder}/ratings.dat", ["1::7::5::99"])
        write(f"{folder}/movies.dat", ["7::Heat::Action"])
    with pytest.raises(WorldError, match=r"several logs: name one of .*ml-10m, .*ml-1m"):
        read_movielens(tmp_path)


@pytest.mark.parametrize("line", ["1,7,nan,9", "1,7,9,9", "1,7", ",7,3,9", '1,"7,3,9', "a,7,x,9"])
def test_lines_that_make_no_rating_are_malformed(write: Write, line: str) -> None:
    fine = [f"{user},7,3,9" for user in range(100, 130)]
    log = latest(write, [line, *fine], ["7,Heat,Action"])
    assert len(log) == 30
    assert "ratings.csv line 2" in log.notes[0]


def test_the_reference_log_is_read_whole(reference: Path) -> None:
    log = read_movielens(reference / "ml-latest-small")
    assert len(log) == 100_836
    assert len(log.user_names) == 610
    assert len(log.catalogue) == 9_724
    assert log.notes[0] == "18 films without ratings left out"
    assert log.ratings.min() == 0.5
    assert log.ratings.max() == 5.0
    assert log.times is not None
