"""Where a library's user keeps memories: in this process, in a folder, on a server."""

from contextlib import closing
from pathlib import Path

import pytest

from stores import (
    Embedder,
    Lessons,
    Memories,
    StoreError,
    StoreInUseError,
    default_embedder,
    experience,
)

TAUGHT = Lessons("one", 1, {"experiences": (experience("state", "Hades", verdict=1, at=1),)})


def test_memories_in_memory_share_nothing(fast: Embedder) -> None:
    with closing(Memories.in_memory(fast)) as one, closing(Memories.in_memory(fast)) as other:
        one.commit(TAUGHT)
        assert (one.counts()["experiences"], other.counts()["experiences"]) == (1, 0)


def test_memories_in_a_folder_are_there_again_and_locked_while_open(
    fast: Embedder, tmp_path: Path
) -> None:
    with closing(Memories.in_folder(str(tmp_path / "mine"), fast)) as memories:
        memories.commit(TAUGHT)
        with pytest.raises(StoreInUseError):
            Memories.in_folder(tmp_path / "mine", fast)
    with closing(Memories.in_folder(tmp_path / "mine", fast)) as memories:
        assert [row.text for row in memories.rows("experiences")] == ["state"]


@pytest.mark.parametrize("address", ["8000", "localhost", "localhost:http", ":8000"])
def test_an_address_without_host_or_port_is_refused(address: str, fast: Embedder) -> None:
    with pytest.raises(StoreError, match="is HOST:PORT, not "):
        Memories.on_server(address, "mine", fast)


def test_the_default_embedder_is_one_for_the_process_and_starts_nothing_yet() -> None:
    assert default_embedder() is default_embedder()
    with closing(Memories.in_memory()) as memories:
        assert memories.counts()["values"] == 0
