"""The default embedding model, all-MiniLM-L6-v2, in ONNX Runtime on one thread."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from onnxruntime import InferenceSession, SessionOptions
from safetensors import safe_open
from tokenizers import Tokenizer

from stores.errors import StoreError
from stores.onnx_graph import FUSED, Graph

Array = NDArray[np.float32]

LAYERS, HEADS, WIDTH = 6, 12, 384
LONGEST = 256  # tokens, as sentence-transformers truncates for this model
EPSILON = 1e-12
BATCH_SIZE = 16
PROBED_LENGTHS, PROBED_SIZES = (5, 22), (2, 5)


class MiniLM:
    """Encodes batches of texts of equally many tokens, so that nothing is padded.

    A text's vector is then the same, bit for bit, in every batch; where a machine's arithmetic
    depends on the batch all the same, texts are encoded one at a time.
    """

    def __init__(self, folder: Path) -> None:
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(LONGEST)
        with safe_open(folder / "model.safetensors", framework="numpy") as weights:
            self._words: Array = weights.get_tensor("embeddings.word_embeddings.weight")
            positions = weights.get_tensor("embeddings.position_embeddings.weight")
            kinds = weights.get_tensor("embeddings.token_type_embeddings.weight")
            self._positions: Array = positions[:LONGEST] + kinds[0]
            self._session = _session(_model(weights.get_tensor))
        self._batch_size = BATCH_SIZE if self._batches_are_exact() else 1

    def encode(self, texts: Sequence[str]) -> Array:
        """Unit vectors, one row per text."""
        tokens = [self._tokens(text) for text in texts]
        by_length = defaultdict[int, list[int]](list)
        for number, ids in enumerate(tokens):
            by_length[len(ids)].append(number)
        vectors = np.empty((len(texts), WIDTH), np.float32)
        for numbers in by_length.values():
            for start in range(0, len(numbers), self._batch_size):
                batch = numbers[start : start + self._batch_size]
                vectors[batch] = self._run([tokens[number] for number in batch])
        return vectors

    def _tokens(self, text: str) -> list[int]:
        try:
            return self._tokenizer.encode(text).ids
        except TypeError as error:
            raise StoreError(
                f"text {text[:80]!a} cannot be embedded: it has characters that are not Unicode "
                "(lone surrogates); remove them"
            ) from error

    def _run(self, tokens: Sequence[Sequence[int]]) -> Array:
        """The vectors of texts of equally many tokens: the means of their last states."""
        embedded = self._words[np.array(tokens)] + self._positions[: len(tokens[0])]
        (states,) = self._session.run(None, {"embedded": embedded})
        means = np.stack([text.mean(axis=0) for text in states])
        vectors: Array = means / np.linalg.norm(means, axis=1, keepdims=True)
        return vectors

    def _batches_are_exact(self) -> bool:
        """Whether a row's bits are the same in batches of other sizes on this machine."""
        texts = [list(range(2000, 2000 + length)) for length in PROBED_LENGTHS]
        return all(
            (self._run([text] * size) == self._run([text])).all()
            for text in texts
            for size in PROBED_SIZES
        )


def _session(model: bytes) -> InferenceSession:
    """A session that computes in the calling thread, which holds no GIL meanwhile."""
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _model(tensor: Callable[[str], Array]) -> bytes:
    """BERT as an ONNX model: from embedded tokens to the last layer's states."""
    graph = Graph()

    def weights(layer: str) -> list[str]:
        return [graph.weight(tensor(f"{layer}.{name}")) for name in ("weight", "bias")]

    def linear(x: str, layer: str) -> str:
        """The product alone; the next operator adds the bias."""
        return graph.node("MatMul", [x, graph.weight(tensor(f"{layer}.weight").T)])

    def bias(layer: str) -> str:
        return graph.weight(tensor(f"{layer}.bias"))

    def add_and_norm(x: str, residual: str, block: str) -> str:
        inputs = [linear(x, f"{block}.dense"), residual, *weights(f"{block}.LayerNorm")]
        inputs.append(bias(f"{block}.dense"))
        return graph.node("SkipLayerNormalization", inputs, {"epsilon": EPSILON}, FUSED)

    inputs = ["embedded", *weights("embeddings.LayerNorm")]
    x = graph.node("LayerNormalization", inputs, {"epsilon": EPSILON})
    for number in range(LAYERS):
        layer = f"encoder.layer.{number}"
        heads = [f"{layer}.attention.self.{part}" for part in ("query", "key", "value")]
        joined = [
            graph.weight(np.concatenate([tensor(f"{part}.weight") for part in heads]).T),
            graph.weight(np.concatenate([tensor(f"{part}.bias") for part in heads])),
        ]
        attended = graph.node("Attention", [x, *joined], {"num_heads": HEADS}, FUSED)
        x = add_and_norm(attended, x, f"{layer}.attention.output")
        wide = linear(x, f"{layer}.intermediate.dense")
        wide = graph.node("BiasGelu", [wide, bias(f"{layer}.intermediate.dense")], domain=FUSED)
        x = add_and_norm(wide, x, f"{layer}.output")
    return graph.model({"embedded": ["texts", "tokens", WIDTH]}, x)
