"""A sentence-transformers model whose vectors do not depend on the batch, bit for bit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch.nn.functional import normalize
from transformers.utils import logging as transformers_logging

from stores.errors import StoreError, first_line
from stores.onednn import available, pack
from stores.weights import DEFAULT_EMBEDDING, checked_default

Vectors = NDArray[np.float32]
Features = Mapping[str, Any]

BATCH_SIZE = 16
PADDING = {"text": {"pad_to_multiple_of": 8}}
PROBES = ("Hades", "Portal 2; Stardew Valley; Dark Souls III; Celeste; Factorio; Hollow Knight")
PROBED_SIZES = (2, 5)
TOLERANCE = 1e-5
INCOMPATIBLE = (RuntimeError, AttributeError, TypeError, KeyError, ValueError, IndexError)


class Encoder:
    """Encodes batches of texts of equal padded length, as only padding changes vectors."""

    def __init__(self, model: Any) -> None:
        self._model = model
        self._batch_size = 1
        expected = self._one_by_one(PROBES)
        self._direct = True
        self._direct = self._matches(expected)
        if self._direct:
            undo = pack(self._model) if available() else None
            if undo and not self._matches(expected):
                undo()
            self._batch_size = BATCH_SIZE if self._batches_are_exact() else 1

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Unit vectors, one row per text."""
        if not self._direct:
            return self._one_by_one(texts)
        prepared = [self._prepared(text) for text in texts]
        by_length = defaultdict[int, list[int]](list)
        for number, features in enumerate(prepared):
            by_length[features["input_ids"].shape[1]].append(number)
        batches = [
            numbers[start : start + self._batch_size]
            for _, numbers in sorted(by_length.items())
            for start in range(0, len(numbers), self._batch_size)
        ]
        vectors = [self._run([prepared[number] for number in batch]) for batch in batches]
        return np.concatenate(vectors)[np.argsort(np.concatenate(batches))]

    def _prepared(self, text: str) -> Features:
        """The model's input for a text, padded on its own to a multiple of 8 tokens."""
        name = self._model.default_prompt_name
        prompt = None if name is None else self._model.prompts[name]
        features: Features = self._model.preprocess(
            [text], prompt=prompt, processing_kwargs=PADDING
        )
        return features

    @torch.inference_mode()
    def _run(self, texts: Sequence[Features]) -> Vectors:
        """The vectors of prepared texts of equal length."""
        batch = {
            key: torch.cat([text[key] for text in texts]) if torch.is_tensor(value) else value
            for key, value in texts[0].items()
        }
        embedded = self._model(batch)["sentence_embedding"][:, : self._model.truncate_dim]
        vectors: Vectors = normalize(embedded, dim=1).numpy()
        return vectors.astype(np.float32, copy=False)

    def _one_by_one(self, texts: Sequence[str]) -> Vectors:
        """The library's `encode`, which works for every kind of model."""
        options = {"normalize_embeddings": True, "show_progress_bar": False}
        vectors = [self._model.encode(text, **options) for text in texts]
        return np.stack(vectors).astype(np.float32, copy=False)

    def _matches(self, expected: Vectors) -> bool:
        """Whether the probes have the expected vectors, up to rounding."""
        try:
            found = self.encode(PROBES)
        except INCOMPATIBLE:
            return False
        return found.shape == expected.shape and bool(np.abs(found - expected).max() < TOLERANCE)

    def _batches_are_exact(self) -> bool:
        """Whether a row's bits are the same in batches of other sizes on this machine."""
        return all(
            (self._run([text] * count) == self._run([text])).all()
            for text in map(self._prepared, PROBES)
            for count in PROBED_SIZES
        )


def load_encoder(name: str) -> Encoder:
    """Loads a model; the default comes from its installed package, others from the hub."""
    source = str(checked_default()) if name == DEFAULT_EMBEDDING else name
    torch.set_num_threads(1)  # a second thread slows short texts down
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return Encoder(SentenceTransformer(source, device="cpu"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"embedding model {name!r} cannot be loaded: {first_line(error)}; "
            f"check the name and the network, or use {DEFAULT_EMBEDDING!r}, which is installed"
        ) from error
