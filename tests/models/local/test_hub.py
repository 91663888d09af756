"""Model files come from the hub once, whole, with the hash that it states, or not at all."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fetch import DownloadRetry
from models import ModelError, ModelSpec, connect, exact_name
from models.local.hub import HubFile, hub_file
from tests.simulator.downloads.server import File, Publisher, publishing

COMMIT = "c" * 40
BODY = bytes(range(256)) * 2000
FILE = HubFile("acme/tiny-GGUF", "tiny-q4.gguf")
LISTING = "/api/models/acme/tiny-GGUF?blobs=true"
RESOLVED = f"/acme/tiny-GGUF/resolve/{COMMIT}/tiny-q4.gguf"
HASTY = DownloadRetry(timeout=5.0, attempts=2, pause=0.0)


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Publisher]:
    """A hub on loopback with one repository."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.delenv("HF_HUB_OFFLINE")
    with publishing() as publisher:
        monkeypatch.setenv("HF_ENDPOINT", publisher.address)
        publisher.files[RESOLVED] = File(BODY)
        publisher.files[LISTING] = listing()
        yield publisher


def listing(**changes: Any) -> File:
    """What the hub says of the repository."""
    lfs = {"sha256": hashlib.sha256(BODY).hexdigest(), "size": len(BODY), "pointerSize": 135}
    siblings = [{"rfilename": "README.md"}, {"rfilename": FILE.file, "size": len(BODY), "lfs": lfs}]
    said = {"sha": COMMIT, "siblings": siblings, "tags": ["gguf", "license:apache-2.0"]}
    return File(json.dumps(said | changes).encode())


def refused(file: HubFile = FILE) -> str:
    with pytest.raises(ModelError) as error:
        file.fetched(HASTY)
    return str(error.value)


@pytest.mark.filterwarnings("ignore:downloading", r"ignore:tiny-q4\.gguf. \d")
class TestDownload:
    def test_a_file_is_kept_at_home_and_asked_for_once(self, hub: Publisher, home: Path) -> None:
        path = FILE.fetched(HASTY)
        assert path == home / "models" / "acme" / "tiny-GGUF" / "tiny-q4.gguf"
        assert path.read_bytes() == BODY
        asked = len(hub.asked)
        assert FILE.fetched(HASTY) == path
        assert len(hub.asked) == asked

    def test_size_and_licence_are_told(self, hub: Publisher) -> None:
        with pytest.warns(UserWarning, match="tiny-q4.gguf, 1 MB, licence") as told:
            FILE.fetched(HASTY)
        assert "licence: apache-2.0" in str(told[0].message)

    def test_a_download_that_broke_off_goes_on(self, hub: Publisher) -> None:
        hub.files[RESOLVED].drop_after = 200_000
        assert FILE.fetched(HASTY).read_bytes() == BODY
        asked = [wanted for path, wanted in hub.asked if path == RESOLVED]
        assert asked == [None, "bytes=200000-", "bytes=400000-"]

    def test_another_hash_is_refused_and_nothing_kept(self, hub: Publisher, home: Path) -> None:
        hub.files[RESOLVED].body = BODY[::-1]
        assert "its publisher states" in refused()
        assert [path.name for path in home.rglob("*.gguf*")] == ["tiny-q4.gguf.lock"]

    def test_more_bytes_than_stated_are_refused(self, hub: Publisher) -> None:
        hub.files[RESOLVED].body = BODY * 2
        assert f"gives more than the {len(BODY):,} bytes" in refused()

    def test_a_server_that_fails_is_told_with_what_to_do(self, hub: Publisher) -> None:
        hub.files[RESOLVED].status = 503
        assert "give the same command again to go on where it broke off" in refused()

    def test_the_exact_name_gets_the_hash_once_the_file_is_there(self, hub: Publisher) -> None:
        spec = ModelSpec("local:acme/tiny-GGUF/tiny-q4.gguf")
        assert exact_name(spec) == "local:acme/tiny-GGUF/tiny-q4.gguf"
        FILE.fetched(HASTY)
        assert exact_name(spec).endswith(f"gguf@{hashlib.sha256(BODY).hexdigest()[:12]}")

    def test_what_was_downloaded_is_checked_like_any_file(self, hub: Publisher) -> None:
        with pytest.raises(ModelError, match="is no GGUF file"):
            connect(ModelSpec("local:acme/tiny-GGUF/tiny-q4.gguf"))


def test_a_mistyped_file_is_told_its_neighbour(hub: Publisher) -> None:
    said = refused(HubFile(FILE.repository, "tiny-q5.gguf"))
    assert "has no file 'tiny-q5.gguf': did you mean 'tiny-q4.gguf'?" in said


@pytest.mark.parametrize("status", [401, 404])
def test_a_repository_that_is_not_open_is_refused(status: int, hub: Publisher) -> None:
    hub.files[LISTING].status = status
    assert f"has no repository 'acme/tiny-GGUF' that is open to all ({status})" in refused()


def test_a_file_without_a_hash_is_refused(hub: Publisher) -> None:
    hub.files[LISTING] = listing(siblings=[{"rfilename": FILE.file}])
    assert "states no SHA-256" in refused()


@pytest.mark.parametrize("body", [b"<html>", b"{}", b'{"sha": "../..", "siblings": []}'])
def test_what_is_no_hub_is_refused(body: bytes, hub: Publisher) -> None:
    hub.files[LISTING] = File(body)
    assert "is no answer of a Hugging Face hub: is HF_ENDPOINT right?" in refused()


def test_a_hub_that_is_gone_is_refused(hub: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    said = refused()
    assert "the hub http://127.0.0.1:9 cannot be asked" in said
    assert "get the file by hand and name it as local:PATH" in said


def test_offline_nothing_is_asked(hub: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert "unset that variable, or get the file by hand" in refused()
    assert hub.asked == []


@pytest.mark.parametrize(
    "name",
    [
        "a/b.gguf",
        "a/b/c.bin",
        "a/../c.gguf",
        "../b/c.gguf",
        "a/b/../c.gguf",
        "a/b/c?.gguf",
        "/a/b/c",
    ],
)
def test_other_names_are_none_of_the_hubs(name: str) -> None:
    assert hub_file(name) is None
