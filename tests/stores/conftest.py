"""An embedder that is fast and means nothing, for what does not hang on meaning."""

import hashlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from stores import Embedder, Memories, in_memory

DIMENSIONS = 16


class HashEmbedder:
    """Unit vectors drawn with a text's hash as their seed."""

    name = "hash"

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        seeds = [list(hashlib.sha256(text.encode()).digest()) for text in texts]
        drawn = [np.random.default_rng(seed).standard_normal(DIMENSIONS) for seed in seeds]
        vectors = np.array(drawn).reshape(-1, DIMENSIONS)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="session")
def fast() -> Embedder:
    """No model, no meaning."""
    return HashEmbedder()


@pytest.fixture
def quick(fast: Embedder) -> Iterator[Memories]:
    """Empty memories of any capacity that a test will fill."""
    memories = Memories(in_memory(fast.name), fast)
    yield memories
    memories.close()
