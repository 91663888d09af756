"""Files that are cut off, damaged, or unpack without end are refused; others come as they are."""

import gzip
import zlib
from pathlib import Path

import pytest

from simulator import WorldError
from simulator.logs.chunks import ReadLimits, chunks

TEXT = b"".join(b"line %d\n" % number for number in range(200_000))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "log.json.gz"


def read(path: Path, limits: ReadLimits | None = None) -> bytes:
    return b"".join(chunks(path, None, limits or ReadLimits()))


def test_a_plain_file_is_read_as_it_is(path: Path) -> None:
    path.write_bytes(TEXT)
    assert read(path) == TEXT


def test_a_gzip_file_is_known_by_its_content_not_its_name(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes(gzip.compress(TEXT))
    assert read(tmp_path / "log.txt") == TEXT


def test_gzip_files_set_end_to_end_are_read_as_one(path: Path) -> None:
    path.write_bytes(gzip.compress(b"a\n") + gzip.compress(b"b\n"))
    assert read(path) == b"a\nb\n"


def test_a_byte_order_mark_is_dropped(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfuser")
    assert read(path) == b"user"


def test_utf_16_is_refused_with_what_to_do(path: Path) -> None:
    path.write_bytes("user,item".encode("utf-16"))
    with pytest.raises(WorldError, match="save it as UTF-8"):
        read(path)


def test_a_truncated_gzip_file_asks_for_another_download(path: Path) -> None:
    packed = gzip.compress(TEXT)
    path.write_bytes(packed[: len(packed) // 2])
    with pytest.raises(WorldError, match=r"log\.json\.gz is cut off.*download it again"):
        read(path)


def test_a_damaged_gzip_file_asks_for_another_download(path: Path) -> None:
    packed = bytearray(gzip.compress(TEXT))
    packed[-8:-4] = b"\0\0\0\0"
    path.write_bytes(packed)
    with pytest.raises(WorldError, match=r"log\.json\.gz is damaged.*download it again"):
        read(path)


def test_a_gzip_bomb_is_noticed_by_its_ratio_before_it_unpacks(path: Path) -> None:
    squeeze = zlib.compressobj(wbits=31)
    packed = b"".join(squeeze.compress(bytes(1 << 20)) for _ in range(300)) + squeeze.flush()
    path.write_bytes(packed)
    seen = 0
    with pytest.raises(WorldError, match="more than 200 times its size"):  # noqa: PT012
        for chunk in chunks(path):
            seen += len(chunk)
    assert seen <= ReadLimits().ratio_from


def test_a_file_over_the_size_limit_is_refused(path: Path) -> None:
    path.write_bytes(gzip.compress(TEXT))
    with pytest.raises(WorldError, match="unpacks to more than 1,000 bytes"):
        read(path, ReadLimits(size=1_000))


def test_a_zip_archive_is_refused_with_what_to_do(path: Path) -> None:
    path.write_bytes(b"PK\x03\x04rest")
    with pytest.raises(WorldError, match="unpack it"):
        read(path)


def test_a_file_that_is_not_there_is_a_world_error(path: Path) -> None:
    with pytest.raises(WorldError, match="cannot read"):
        read(path)


def test_progress_ends_at_the_size_of_the_file(path: Path) -> None:
    path.write_bytes(gzip.compress(TEXT))
    told: list[tuple[int, int]] = []
    for _ in chunks(path, lambda done, total: told.append((done, total))):
        pass
    size = path.stat().st_size
    assert told == sorted(told)
    assert told[-1] == (size, size)
