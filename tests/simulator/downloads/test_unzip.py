"""Hostile archives are refused before anything of them is unpacked."""

import stat
import zipfile
from pathlib import Path

import pytest

from simulator import WorldError
from simulator.downloads.unzip import unzip


def packed(tmp_path: Path, *entries: zipfile.ZipInfo | str, body: bytes = b"x") -> Path:
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        for entry in entries:
            file.writestr(entry, body)
    return archive


def left(tmp_path: Path) -> list[str]:
    return [path.name for path in tmp_path.iterdir() if path.name != "a.zip"]


def test_files_and_folders_are_unpacked(tmp_path: Path) -> None:
    archive = packed(tmp_path, "ml/", "ml/ratings.csv", "ml/deep/er.txt")
    assert unzip(archive, tmp_path) == [tmp_path / "ml/ratings.csv", tmp_path / "ml/deep/er.txt"]
    assert (tmp_path / "ml/ratings.csv").read_bytes() == b"x"
    assert left(tmp_path) == ["ml"]


@pytest.mark.parametrize(
    "name", ["../evil", "ml/../../evil", "/evil", "..\\evil", "C:evil", "ml/ev|il"]
)
def test_names_that_lead_elsewhere_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(WorldError, match="refused as unsafe"):
        unzip(packed(tmp_path, "fine", zipfile.ZipInfo(name)), tmp_path)
    assert left(tmp_path) == []


def test_links_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with pytest.raises(WorldError, match="refused as unsafe"):
        unzip(packed(tmp_path, link, body=b"/etc/passwd"), tmp_path)


def test_a_bomb_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="would unpack to 1 files of 67,108,864 bytes: refused"):
        unzip(packed(tmp_path, "bomb", body=bytes(64 << 20)), tmp_path)
    assert left(tmp_path) == []


def test_more_than_the_size_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="refused"):
        unzip(packed(tmp_path, "a", "b", body=b"x" * 60), tmp_path, max_size=100)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_one_name_for_two_files_is_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="refused"):
        unzip(packed(tmp_path, "a", "a"), tmp_path)


def test_very_many_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(WorldError, match="1,001 files"):
        unzip(packed(tmp_path, *(f"f{n}" for n in range(1_001))), tmp_path)


def test_a_damaged_archive_leaves_nothing(tmp_path: Path) -> None:
    archive = packed(tmp_path, "a", body=b"a" * 1_000)
    data = bytearray(archive.read_bytes())
    data[35] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(WorldError, match="is damaged"):
        unzip(archive, tmp_path)
    assert left(tmp_path) == []


def test_what_is_no_archive_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"<html>")
    with pytest.raises(WorldError, match="is damaged"):
        unzip(tmp_path / "a.zip", tmp_path)
