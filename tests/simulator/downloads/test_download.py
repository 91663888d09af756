"""Downloads go on where they broke off, and never pass a wrong file off as the right one."""

import hashlib
import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fetch import DownloadRetry
from simulator import WorldError
from simulator.downloads import SOURCES, download, licence
from simulator.downloads.sources import DataFile, Source
from tests.simulator.downloads.server import File, Publisher, publishing

BODY = bytes(range(256)) * 4_000
HASTY = DownloadRetry(timeout=5.0, attempts=3, pause=0.0)


@pytest.fixture
def publisher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with publishing() as publisher:
        publisher.files["/log.gz"] = File(BODY)
        yield publisher


def get(publisher: Publisher, folder: Path, retry: DownloadRetry = HASTY, **other: Any) -> Path:
    remote = DataFile("log.gz", (publisher.url("/log.gz"),), 10 * len(BODY))
    remote = replace(remote, **other)
    source = Source(needs="log.gz", page="the page", licence="the licence", files=(remote,))
    (path,) = download("steam", folder, sources={"steam": source}, retry=retry)
    return path


def interrupt(publisher: Publisher, folder: Path, size: int = 300_000) -> None:
    """Leaves a part of the file, as a lost connection would."""
    file = publisher.files["/log.gz"]
    file.drop_after, file.ranges = size, False
    with pytest.raises(WorldError, match="the connection broke off"):
        get(publisher, folder)
    file.drop_after, file.ranges = None, True
    publisher.asked.clear()


def test_a_file_is_downloaded_whole(publisher: Publisher, tmp_path: Path) -> None:
    assert get(publisher, tmp_path / "new").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["log.gz"]


def test_a_file_that_is_there_is_not_asked_for(publisher: Publisher, tmp_path: Path) -> None:
    (tmp_path / "log.gz").write_bytes(b"mine")
    assert get(publisher, tmp_path).read_bytes() == b"mine"
    assert publisher.asked == []


def test_dropped_connections_are_taken_up_where_they_broke(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files["/log.gz"].drop_after = 300_000
    assert get(publisher, tmp_path).read_bytes() == BODY
    starts = [wanted for _, wanted in publisher.asked]
    assert starts == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]


def test_the_next_command_goes_on_where_the_last_one_ended(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    assert not (tmp_path / "log.gz").exists()
    assert get(publisher, tmp_path).read_bytes() == BODY
    assert publisher.asked == [("/log.gz", "bytes=300000-")]


def test_a_file_that_changed_meanwhile_is_started_anew(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    publisher.files["/log.gz"] = File(BODY[::-1], tag='"v2"')
    assert get(publisher, tmp_path).read_bytes() == BODY[::-1]


def test_a_server_without_ranges_is_asked_for_everything(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    publisher.files["/log.gz"].ranges = False
    assert get(publisher, tmp_path).read_bytes() == BODY


@pytest.mark.parametrize("tag", [None, 'W/"weak"'])
def test_without_a_strong_tag_nothing_is_resumed(
    publisher: Publisher, tmp_path: Path, tag: str | None
) -> None:
    publisher.files["/log.gz"].tag = tag
    interrupt(publisher, tmp_path)
    assert get(publisher, tmp_path).read_bytes() == BODY
    assert publisher.asked == [("/log.gz", None)]


def test_a_part_that_is_already_whole_is_accepted(publisher: Publisher, tmp_path: Path) -> None:
    interrupt(publisher, tmp_path)
    (tmp_path / "log.gz.partial").write_bytes(BODY)
    assert get(publisher, tmp_path).read_bytes() == BODY
    assert publisher.asked == [("/log.gz", f"bytes={len(BODY)}-")]


def test_a_part_longer_than_the_file_is_started_anew(publisher: Publisher, tmp_path: Path) -> None:
    interrupt(publisher, tmp_path)
    (tmp_path / "log.gz.partial").write_bytes(BODY + b"more")
    assert get(publisher, tmp_path).read_bytes() == BODY


def test_a_range_that_was_not_asked_for_is_not_appended(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    publisher.files["/log.gz"].shifted = 5
    assert get(publisher, tmp_path).read_bytes() == BODY


def test_a_spoilt_note_of_the_version_means_starting_anew(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    (tmp_path / "log.gz.partial.json").write_text("[]")
    assert get(publisher, tmp_path).read_bytes() == BODY
    assert publisher.asked == [("/log.gz", None)]


def test_a_busy_server_is_asked_again(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/log.gz"].failures = 2
    assert get(publisher, tmp_path).read_bytes() == BODY


def test_a_server_that_stays_busy_ends_the_download(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/log.gz"].status = 503
    with pytest.raises(WorldError, match="503 Service Unavailable"):
        get(publisher, tmp_path)
    assert len(publisher.asked) == HASTY.attempts


def test_a_missing_file_is_not_asked_for_again_and_says_what_to_place_where(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files.clear()
    with pytest.raises(WorldError) as caught:
        get(publisher, tmp_path)
    for part in ("404 Not Found", f"place log.gz in {tmp_path}", "the page", "the licence"):
        assert part in str(caught.value)
    assert len(publisher.asked) == 1


def test_offline_it_says_what_to_place_where(tmp_path: Path) -> None:
    with publishing() as publisher:
        pass
    with pytest.raises(WorldError, match=f"Connection refused.*place log.gz in {tmp_path}"):
        get(publisher, tmp_path)


def test_a_server_that_stalls_is_given_up(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/log.gz"].pause = 1.0
    with pytest.raises(WorldError, match="timed out"):
        get(publisher, tmp_path, DownloadRetry(timeout=0.05, attempts=1, pause=0.0))


def test_another_address_helps_out(publisher: Publisher, tmp_path: Path) -> None:
    urls = (publisher.url("/gone.gz"), publisher.url("/log.gz"))
    assert get(publisher, tmp_path, urls=urls).read_bytes() == BODY


def test_what_a_vanished_address_gave_makes_room_for_another(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    publisher.files["/other.gz"] = publisher.files.pop("/log.gz")
    urls = (publisher.url("/log.gz"), publisher.url("/other.gz"))
    assert get(publisher, tmp_path, urls=urls).read_bytes() == BODY


def test_another_address_does_not_undo_what_the_first_one_gave(
    publisher: Publisher, tmp_path: Path
) -> None:
    interrupt(publisher, tmp_path)
    publisher.files["/log.gz"].status = 503
    publisher.files["/other.gz"] = File(BODY)
    urls = (publisher.url("/other.gz"), publisher.url("/log.gz"))
    with pytest.raises(WorldError, match="503"):
        get(publisher, tmp_path, urls=urls)
    assert (tmp_path / "log.gz.partial").stat().st_size == 300_000


def test_a_file_that_announces_more_than_the_limit_is_refused_at_once(
    publisher: Publisher, tmp_path: Path
) -> None:
    with pytest.raises(WorldError, match="more than the 1,000 bytes"):
        get(publisher, tmp_path, limit=1_000)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_grows_past_the_limit_unannounced_is_refused(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files["/log.gz"].states_length = False
    with pytest.raises(WorldError, match="more than the 500,000 bytes"):
        get(publisher, tmp_path, limit=500_000)
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_unstated_length_is_downloaded(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/log.gz"].states_length = False
    assert get(publisher, tmp_path).read_bytes() == BODY


def test_a_full_disk_is_noticed_before_it_is_full(
    publisher: Publisher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)._replace(free=1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    with pytest.raises(WorldError, match="1,024,000 more bytes, but only 1,000 are free"):
        get(publisher, tmp_path)


def test_the_publishers_hash_is_compared(publisher: Publisher, tmp_path: Path) -> None:
    stated = f"MD5 (log.gz) = {hashlib.md5(BODY).hexdigest()}\n"
    publisher.files["/log.gz.md5"] = File(stated.encode())
    path = get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5"))
    assert path.read_bytes() == BODY


def test_a_wrong_hash_discards_the_file(publisher: Publisher, tmp_path: Path) -> None:
    publisher.files["/log.gz.md5"] = File(b"0" * 32 + b"  log.gz\n")
    with pytest.raises(WorldError, match=f"its publisher states {'0' * 32}: discarded"):
        get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5"))
    assert not (tmp_path / "log.gz").exists()
    assert not (tmp_path / "log.gz.partial").exists()


def test_after_a_wrong_hash_the_next_command_starts_anew(
    publisher: Publisher, tmp_path: Path
) -> None:
    publisher.files["/log.gz.md5"] = File(hashlib.md5(BODY).hexdigest().encode())
    publisher.files["/log.gz"].body = BODY[::-1]
    with pytest.raises(WorldError, match="discarded"):
        get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5"))
    publisher.files["/log.gz"].body = BODY
    assert get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5")).read_bytes() == BODY


def test_a_file_whose_hash_cannot_be_had_is_kept_for_later(
    publisher: Publisher, tmp_path: Path
) -> None:
    with pytest.raises(WorldError, match=r"cannot get .*log\.gz\.md5"):
        get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5"))
    assert not (tmp_path / "log.gz").exists()
    publisher.files["/log.gz.md5"] = File(hashlib.md5(BODY).hexdigest().encode())
    publisher.asked.clear()
    assert get(publisher, tmp_path, md5_url=publisher.url("/log.gz.md5")).read_bytes() == BODY
    assert publisher.asked[0] == ("/log.gz", f"bytes={len(BODY)}-")


def test_an_archive_is_unpacked_and_not_downloaded_again(
    publisher: Publisher, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("ml/ratings.csv", "userId")
    publisher.files["/log.gz"].body = packed.getvalue()
    for _ in range(2):
        path = get(publisher, tmp_path, unpacks_to=("ml/ratings.csv",))
        assert path == tmp_path / "ml" / "ratings.csv"
    assert path.read_text() == "userId"
    assert len(publisher.asked) == 1


def test_an_archive_without_the_expected_files_is_refused(
    publisher: Publisher, tmp_path: Path
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("other.txt", "")
    publisher.files["/log.gz"].body = packed.getvalue()
    with pytest.raises(WorldError, match=r"does not hold ratings\.csv"):
        get(publisher, tmp_path, unpacks_to=("ml/ratings.csv",))


def test_progress_ends_at_the_size_of_the_file(publisher: Publisher, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    remote = DataFile("log.gz", (publisher.url("/log.gz"),), 10 * len(BODY))
    source = Source("log.gz", "", "", (remote,))
    download("x", tmp_path, lambda *step: told.append(step), sources={"x": source})
    assert told == sorted(told)
    assert told[-1] == (len(BODY), len(BODY))


def test_a_folder_that_cannot_be_made_is_a_world_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorldError, match="cannot make the folder"):
        download("steam", tmp_path / "file" / "inside")


def test_your_own_log_cannot_be_downloaded(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"'csv' is not published.*place one \.csv or \.tsv file"):
        download("csv", tmp_path)


def test_an_unknown_dataset_is_answered_with_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="did you mean 'movielens'"):
        download("movielense", tmp_path)


def test_the_licence_can_be_shown() -> None:
    assert "no commercial use" in licence("movielens")


def test_publishers_are_asked_over_an_encrypted_line_only() -> None:
    urls = [url for source in SOURCES.values() for file in source.files for url in file.urls]
    assert urls
    assert all(url.startswith("https://") for url in urls)


def test_the_note_of_the_version_can_be_read(publisher: Publisher, tmp_path: Path) -> None:
    interrupt(publisher, tmp_path)
    note = json.loads((tmp_path / "log.gz.partial.json").read_text())
    assert note == {"url": publisher.url("/log.gz"), "validator": '"v1"'}
