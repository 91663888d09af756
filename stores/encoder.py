"""Loads embedding models: the default in ONNX Runtime, others with sentence-transformers."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from stores.errors import StoreError, first_line
from stores.weights import DEFAULT_EMBEDDING, checked_default

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]  # unit vectors, one row per text


def load_encoder(name: str) -> Encode:
    """Loads a model, whose vectors do not depend on the batch, bit for bit."""
    return _default() if name == DEFAULT_EMBEDDING else _from_hub(name)


def _default() -> Encode:
    folder = checked_default()
    from stores.minilm import MiniLM

    return MiniLM(folder).encode


def _from_hub(name: str) -> Encode:
    """Encodes one text at a time, as padding and batches change vectors."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging

    torch.set_num_threads(1)  # a second thread slows short texts down
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        model = SentenceTransformer(name, device="cpu")
    except (OSError, ValueError) as error:
        raise StoreError(
            f"embedding model {name!r} cannot be loaded: {first_line(error)}; "
            f"check the name and the network, or use {DEFAULT_EMBEDDING!r}, which is installed"
        ) from error

    def encode(texts: Sequence[str]) -> Vectors:
        return np.stack(
            [
                model.encode(text, normalize_embeddings=True, show_progress_bar=False)
                for text in texts
            ]
        ).astype(np.float32)

    return encode
