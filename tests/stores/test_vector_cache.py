"""Vectors kept in files: as good as new ones, and made anew whenever in doubt."""

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file

from stores import Embedder, embed_cached

TEXTS = ["Portal 2", "Hades", "Stardew Valley", "Hades", "Rez", ""]


class Counting:
    """Another embedder that notes what it is asked."""

    def __init__(self, embedder: Embedder, name: str = "counting") -> None:
        self.name = name
        self.asked: list[str] = []
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._embedder.embed(texts)


@pytest.fixture
def counting(fast: Embedder) -> Counting:
    return Counting(fast)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def other_vectors(path: Path) -> None:
    save_file({"vectors": np.ones((len(TEXTS), 16), np.float32)}, path)


def of_another_shape(path: Path) -> None:
    save_file({"vectors": np.ones((2, 16), np.float32)}, path)


def no_columns(path: Path) -> None:
    save_file({"vectors": np.ones((len(TEXTS), 0), np.float32)}, path)


def something_else(path: Path) -> None:
    save_file({"weights": np.ones(3, np.float32)}, path)


def one_bit(path: Path) -> None:
    data = path.read_bytes()
    path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))


def half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def nothing(path: Path) -> None:
    path.write_bytes(b"")


def noise(path: Path) -> None:
    path.write_bytes(b"\xff" * 400)


@given(texts=st.lists(st.text(max_size=12), min_size=1, max_size=12))
@settings(deadline=None, max_examples=30)
def test_kept_vectors_are_those_of_the_embedder_in_the_order_of_the_texts(
    texts: list[str], fast: Embedder, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("vectors")
    made, kept = embed_cached(fast, texts, folder), embed_cached(fast, texts, folder)
    assert (made == fast.embed(texts)).all()
    assert (kept == made).all()


def test_kept_texts_are_not_embedded_again(counting: Counting, tmp_path: Path) -> None:
    embed_cached(counting, TEXTS, tmp_path / "vectors")
    asked = list(counting.asked)
    embed_cached(counting, TEXTS, tmp_path / "vectors")
    assert counting.asked == asked


def test_other_texts_and_another_order_have_their_own_file(
    counting: Counting, fast: Embedder, tmp_path: Path
) -> None:
    for texts in (TEXTS, TEXTS[::-1], TEXTS[1:]):
        assert (embed_cached(counting, texts, tmp_path) == fast.embed(texts)).all()
    assert len(list(tmp_path.iterdir())) == 3


def test_another_embedding_has_its_own_file(fast: Embedder, tmp_path: Path) -> None:
    embed_cached(fast, TEXTS, tmp_path)
    other = Counting(fast, "other")
    embed_cached(other, TEXTS, tmp_path)
    assert sorted(other.asked) == sorted(TEXTS)


@pytest.mark.parametrize(
    "damage",
    [other_vectors, of_another_shape, no_columns, something_else, one_bit, half, nothing, noise],
)
def test_a_damaged_file_is_made_anew(
    damage: Callable[[Path], None], counting: Counting, fast: Embedder, tmp_path: Path
) -> None:
    embed_cached(counting, TEXTS, tmp_path)
    whole = only_file(tmp_path).read_bytes()
    damage(only_file(tmp_path))
    assert (embed_cached(counting, TEXTS, tmp_path) == fast.embed(TEXTS)).all()
    assert only_file(tmp_path).read_bytes() == whole


def test_a_folder_that_cannot_be_made_only_costs_time(fast: Embedder, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    vectors = embed_cached(fast, TEXTS, tmp_path / "file" / "vectors")
    assert (vectors == fast.embed(TEXTS)).all()


def test_a_full_disk_only_costs_time_and_leaves_nothing(
    fast: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:100])
        raise OSError("disk is full")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert (embed_cached(fast, TEXTS, tmp_path) == fast.embed(TEXTS)).all()
    assert list(tmp_path.iterdir()) == []


def test_without_a_folder_nothing_is_kept(counting: Counting) -> None:
    for _ in range(2):
        embed_cached(counting, TEXTS, None)
    assert len(counting.asked) == 2 * len(TEXTS)


def test_many_who_keep_the_same_vectors_at_once_leave_one_whole_file(
    counting: Counting, fast: Embedder, tmp_path: Path
) -> None:
    begin = threading.Barrier(8)

    def keep() -> None:
        begin.wait()
        embed_cached(counting, TEXTS, tmp_path)

    threads = [threading.Thread(target=keep) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asked = list(counting.asked)
    assert (embed_cached(counting, TEXTS, tmp_path) == fast.embed(TEXTS)).all()
    assert counting.asked == asked
    assert only_file(tmp_path).suffix == ".safetensors"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_must_not_be_written_only_costs_time(fast: Embedder, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    assert (embed_cached(fast, TEXTS, tmp_path) == fast.embed(TEXTS)).all()
