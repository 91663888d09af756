"""A catalogue's vectors are made once, and read by the processes that come after."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nodes import CatalogueSearch, Grounder
from stores import Embedder, SentenceEmbedder
from tests.nodes.conftest import SHOP

STRANGE = "a farm with turnips"


class Noting:
    """Another embedder that notes what it is asked."""

    def __init__(self, embedder: Embedder) -> None:
        self.name = embedder.name
        self.asked: list[str] = []
        self._embedder = embedder

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self._embedder.embed(texts)


def searched(embedder: Embedder, cache: Path | None) -> list[int]:
    return CatalogueSearch(SHOP, embedder, vector_cache=cache).search(STRANGE, [])


def grounded(embedder: Embedder, cache: Path | None) -> int:
    return Grounder(SHOP, embedder, vector_cache=cache).ground(STRANGE, []).item


def test_a_second_search_finds_the_same_and_embeds_only_the_query(
    embedder: SentenceEmbedder, tmp_path: Path
) -> None:
    found = searched(embedder, tmp_path)
    noting = Noting(embedder)
    assert searched(noting, tmp_path) == found == searched(embedder, None)
    assert noting.asked == [STRANGE]


def test_a_second_grounder_finds_the_same_and_embeds_only_the_reply(
    embedder: SentenceEmbedder, tmp_path: Path
) -> None:
    found = grounded(embedder, tmp_path)
    noting = Noting(embedder)
    assert grounded(noting, tmp_path) == found == grounded(embedder, None)
    assert noting.asked == [STRANGE]
