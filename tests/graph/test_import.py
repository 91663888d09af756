"""Importing the graph is light: what is heavy is loaded when an episode runs."""

import subprocess
import sys

HEAVY = ("torch", "chromadb", "sentence_transformers", "langchain_openai", "scipy")


def test_importing_the_graph_loads_nothing_heavy() -> None:
    program = f"import sys, graph.episode; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
