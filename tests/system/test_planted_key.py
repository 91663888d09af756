"""A key that is planted in the environment, and looked for in everything that is written."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.processes import BIN, ROOT, environment

pytestmark = pytest.mark.system

KEYS = {
    "OPENAI_API_KEY": "sk-planted-openai-0123456789abcdef",
    "BILLP_API_KEY": "planted-billp-0123456789abcdef",
}


@pytest.fixture
def address() -> Iterator[str]:
    """A chat server that answers as the offline model."""
    command = [sys.executable, "-m", "tests.servers.chat_server"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://127.0.0.1:{server.stdout.readline().strip()}/v1"
        server.kill()


def billp(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(BIN / "billp"), *arguments],
        cwd=ROOT,
        env={**environment(folder / "home"), **KEYS, "LANGCHAIN_VERBOSE": "true"},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


def places_of(key: str, folder: Path) -> list[str]:
    files = [Path(place) / name for place, _, names in os.walk(folder) for name in names]
    return [str(file) for file in files if key.encode() in file.read_bytes()]


def test_a_run_against_a_server_writes_a_key_nowhere(tmp_path: Path, address: str) -> None:
    done = billp(
        tmp_path,
        *("compare", "--arms", "billp", "--model", "openai:some-model", "--base-url", address),
        *("--episodes", "3", "--train-episodes", "3", "--batch", "3", "--seeds", "1"),
        *("--rounds", "4", "--evaluate", "both", "--cache", str(tmp_path / "replies.sqlite")),
        *("--out", str(tmp_path / "run"), "--json", str(tmp_path / "summary.json")),
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "report.html").exists()
    for key in KEYS.values():
        assert places_of(key, tmp_path) == []
        assert key not in done.stdout + done.stderr


def test_a_run_that_fails_half_way_writes_a_key_nowhere(tmp_path: Path) -> None:
    done = billp(
        tmp_path,
        *("compare", "--arms", "billp", "--model", "openai:some-model"),
        *("--base-url", "http://127.0.0.1:9/v1", "--episodes", "2", "--train-episodes", "2"),
        *("--seeds", "1", "--rounds", "3", "--max-errors", "0", "--out", str(tmp_path / "run")),
    )
    assert done.returncode != 0
    assert list((tmp_path / "run").glob("cells/*/episodes.jsonl"))
    for key in KEYS.values():
        assert places_of(key, tmp_path) == []
        assert key not in done.stdout + done.stderr
