"""Imports are light: what is heavy is loaded when an episode runs, and torch to fit and train."""

import subprocess
import sys

import pytest

TORCH = ("torch", "transformers", "sentence_transformers")
HEAVY = (*TORCH, "chromadb", "onnxruntime", "langchain_openai", "scipy")
PLAYING = "experiments.commands.compare, experiments.runs.plan, experiments.playing.runner"
EPISODE = """
import asyncio
from graph.episode import build_graph
from nodes import Context
context = Context(memory="ephemeral", max_rounds=2)
assert asyncio.run(build_graph().ainvoke({"user": 0}, context=context))["steps"]
"""


def loaded_by(program: str) -> set[str]:
    """The heavy modules that a program has loaded at its end."""
    program += f"\nimport sys; print(*[m for m in {HEAVY} if m in sys.modules])"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("modules", ["graph.episode", "simulator.folder", PLAYING])
def test_imports_load_nothing_heavy(modules: str) -> None:
    assert loaded_by(f"import {modules}") == set()


@pytest.mark.slow
def test_an_episode_needs_no_torch() -> None:
    assert loaded_by(EPISODE) & {*TORCH, "onnxruntime"} == {"onnxruntime"}
