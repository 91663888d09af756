"""ONNX Runtime against torch and int8: the CPU time of a text, and which neighbours they find.

A step embeds up to three new texts: a situation, a query, and now and then a title.
"""

import os
import statistics
import time
from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from torch.ao.quantization import per_channel_dynamic_qconfig, quantize_dynamic

from benchmarks.figures import Figure, report
from benchmarks.stage.calibration import calibration
from simulator import load_world
from stores.minilm import MiniLM
from stores.weights import checked_default

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]

SITUATIONS, STEPS = 400, 50
KINDS = 7  # few, so that some situations are nearly the same
NEIGHBOURS = 10
THRESHOLDS = {"tau_actor": 0.01, "tau_critic": 0.1}
RATED = ("very well", "well", "fairly", "badly")


def situations(genres: Sequence[str]) -> list[str]:
    """Texts as memories are asked about, drawn from a world's genres."""
    rng = np.random.default_rng(0)
    drawn = (rng.choice(genres[:KINDS], 6, replace=False) for _ in range(SITUATIONS))
    return [
        f"Likes {', '.join(names[:4])}. Lately {names[4]}, then {names[5]}; rated {rated}."
        for names, rated in zip(drawn, rng.choice(RATED, SITUATIONS), strict=True)
    ]


def of_library(model: SentenceTransformer) -> Encode:
    """The library's own vectors, one text at a time."""
    return lambda texts: np.stack(
        [model.encode(text, normalize_embeddings=True, show_progress_bar=False) for text in texts]
    )


def cpu_of(encode: Encode, calls: Sequence[Sequence[str]]) -> float:
    """The median of calls, in milliseconds."""
    encode(calls[0])
    spent = []
    for texts in calls:
        began = time.process_time()
        encode(texts)
        spent.append((time.process_time() - began) * 1000)
    return statistics.median(spent)


def squared_distances(vectors: Vectors) -> Vectors:
    """Of all pairs of unit vectors; a vector is infinitely far from itself."""
    distances: Vectors = 2 - 2 * vectors @ vectors.T
    np.fill_diagonal(distances, np.inf)
    return distances


def agreement(name: str, found: Vectors, exact: Vectors, titles: int) -> list[Figure]:
    """Which nearest titles and which situations within a threshold are those of torch's float32."""
    nearest = [
        np.argsort(squared_distances(vectors[:titles]), axis=1, kind="stable")[:, :NEIGHBOURS]
        for vectors in (found, exact)
    ]
    shared = [len(np.intersect1d(*pair)) / NEIGHBOURS for pair in zip(*nearest, strict=True)]
    figures = [
        Figure(f"{name}: largest difference of a number", float(np.abs(found - exact).max()), ""),
        Figure(f"{name}: {NEIGHBOURS} nearest titles in common", float(np.mean(shared)) * 100, "%"),
    ]
    for threshold, limit in THRESHOLDS.items():
        own, torchs = (squared_distances(v[titles:]) < limit for v in (found, exact))
        common = float((own & torchs).sum() / (own | torchs).sum()) * 100
        told = f"{name}: {torchs.sum() // 2:,} pairs within {threshold} in common"
        figures.append(Figure(told, common, "%"))
    return figures


def main() -> None:
    """Measures on one thread."""
    torch.set_num_threads(1)
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    folder = checked_default()
    catalogue = load_world("demo").catalogue
    titles = list(catalogue.titles)
    asked = situations(sorted({genre for genres in catalogue.genres for genre in genres}))
    library = SentenceTransformer(str(folder), device="cpu")
    quantized = SentenceTransformer(str(folder), device="cpu")
    linear = {torch.nn.Linear: per_channel_dynamic_qconfig}
    quantized[0] = quantize_dynamic(  # type: ignore[no-untyped-call]
        quantized[0], linear, dtype=torch.qint8
    )
    ways = {
        "torch": of_library(library),
        "ONNX Runtime": MiniLM(folder).encode,
        "int8 in torch": of_library(quantized),
    }
    texts = [*titles, *asked]
    pairs = zip(asked[:STEPS], titles[:STEPS], strict=True)
    steps = [[text, f"Next: {text[6:30]}.", title] for text, title in pairs]
    exact = ways["torch"](texts)
    report([Figure("calibration loop", calibration(), "ms")])
    for name, encode in ways.items():
        most = 20.0 if name == "ONNX Runtime" else None
        one_by_one = [
            cpu_of(encode, [step[kind : kind + 1] for step in steps]) for kind in range(3)
        ]
        report([Figure(f"{name}: CPU of a step's three texts", sum(one_by_one), "ms", most)])
        report([Figure(f"{name}: CPU of 64 titles", cpu_of(encode, [titles[:64]] * 5), "ms")])
        report(agreement(name, encode(texts), exact, len(titles)))


if __name__ == "__main__":
    main()
