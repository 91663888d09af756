"""Queries of a memory of 10,000 rows in this process and on a server, and there of 100,000."""

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from benchmarks.figures import Figure, report
from stores.embeddings import Vectors
from stores.index import Index
from stores.opening import embedded, server
from stores.rows import Row
from tests.servers.chroma import HOST, free_port, start_server

SIZES, QUERIES, K, DIMENSIONS = (10_000, 100_000), 100, 40, 384
MEMORY: Any = "values"


def vectors(count: int, seed: int) -> Vectors:
    """Unit vectors, as texts of a few hundred kinds have them."""
    dice = np.random.default_rng(seed)
    kinds = dice.standard_normal((300, DIMENSIONS), dtype=np.float32)
    made = kinds[dice.integers(300, size=count)]
    made = made + 0.5 * dice.standard_normal((count, DIMENSIONS), dtype=np.float32)
    unit: Vectors = made / np.linalg.norm(made, axis=1, keepdims=True)
    return unit


def fill(index: Index, begin: int, end: int) -> float:
    """Seconds of writing rows."""
    rows = [
        Row(f"situation {number}", {f"run/{number:06d}/1": {"at": number, "target": 3.0}})
        for number in range(begin, end)
    ]
    began = time.perf_counter()
    index.put(MEMORY, rows, vectors(end, 1)[begin:])
    return time.perf_counter() - began


def query(index: Index, process: "psutil.Process | None") -> tuple[float, float, float]:
    """Median wall time of a query, and CPU of this process and of the server, in milliseconds."""
    asked, times = vectors(QUERIES, 2), []
    index.search(MEMORY, asked[0], K)
    own, theirs = time.process_time(), cpu(process)
    for vector in asked:
        began = time.perf_counter()
        assert len(index.search(MEMORY, vector, K)) == K
        times.append(time.perf_counter() - began)
    spent = (time.process_time() - own) / QUERIES, (cpu(process) - theirs) / QUERIES
    return statistics.median(times) * 1000, spent[0] * 1000, spent[1] * 1000


def cpu(process: "psutil.Process | None") -> float:
    """Seconds of CPU of a process so far."""
    return 0.0 if process is None else sum(process.cpu_times()[:2])


def measure(
    kind: str, index: Index, sizes: Sequence[int], process: "psutil.Process | None" = None
) -> None:
    """Reports figures of one Chroma while it grows."""
    begin = 0
    for size in sizes:
        seconds = fill(index, begin, size)
        wall, own, theirs = query(index, process)
        figures = [
            Figure(f"{kind}, {size:,} rows: median of a query", wall, "ms"),
            Figure(f"{kind}, {size:,} rows: CPU of a query here", own, "ms"),
            Figure(f"{kind}, {size:,} rows: CPU of a query on the server", theirs, "ms"),
            Figure(
                f"{kind}, to {size:,} rows: writing a row", seconds / (size - begin) * 1e3, "ms"
            ),
        ]
        report(figures)
        begin = size


def main() -> None:
    """Measures in folders that are removed."""
    with tempfile.TemporaryDirectory() as folder:
        index = embedded(Path(folder) / "own", "size", "none")
        measure("in process", index, SIZES[:1])
        index.close()
        port = free_port()
        process = start_server(Path(folder) / "server", port)
        try:
            index = server(HOST, port, "size", "none")
            measure("on a server", index, SIZES, psutil.Process(process.pid))
        finally:
            process.kill()


if __name__ == "__main__":
    main()
