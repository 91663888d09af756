"""A memory that is pruned again and again takes no more of the process's memory each time."""

import os
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from stores import Lessons, MemoryFolder, experience

CAPACITY, ROWS = 30, 20
WARM, PRUNED = 6, 30  # commits, each of which has the memory pruned
LEAKED = 1.5  # megabytes at least, where Chroma keeps an index of this width that it has deleted


class WideEmbedder:
    """Unit vectors as wide as those of real texts."""

    name = "wide"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        drawn = np.random.default_rng(len(texts)).standard_normal((len(texts), 384))
        return (drawn / np.linalg.norm(drawn, axis=1, keepdims=True)).astype(np.float32)


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux tells it")
def test_pruning_a_memory_frees_what_was_there_before(tmp_path: Path) -> None:
    with closing(MemoryFolder(tmp_path, WideEmbedder(), capacity=CAPACITY)) as memories:
        for episode in range(WARM + PRUNED):
            if episode == WARM:
                before = resident_megabytes()
            texts = [f"{episode}.{number}" for number in range(ROWS)]
            rows = tuple(experience(text, "Hades", verdict=1, at=episode) for text in texts)
            memories.commit(Lessons(f"episode-{episode}", episode, {"experiences": rows}))
        grown = resident_megabytes() - before
        assert memories.rows("experiences")[-1].text.startswith(f"{WARM + PRUNED - 1}.")
    assert grown < PRUNED * LEAKED / 2
