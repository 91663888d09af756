"""Another program beside this one, before the same server."""

import sys
from pathlib import Path

import pytest

from benchmarks.versus import REPLY, main

PEER = """
import json, os, sys, urllib.request
at = os.environ["OPENAI_BASE_URL"]
def ask(path, content):
    request = urllib.request.Request(at + path, json.dumps(content).encode())
    return json.load(urllib.request.urlopen(request))
for _ in range(3):
    told = ask("/chat/completions", {"messages": [{"role": "user", "content": "x"}]})
assert told["choices"][0]["message"]["content"] == sys.argv[1]
assert len(ask("/embeddings", {"input": ["a", "b"]})["data"]) == 2
"""


@pytest.mark.slow
def test_calls_and_times_of_both_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "peer.py").write_text(PEER)
    options = ["--steps", "3", "--folder", str(tmp_path), "--latency", "0"]
    assert main([*options, "--", sys.executable, "peer.py", REPLY]) == 0
    rows = [line.split("│")[1:-1] for line in capsys.readouterr().out.splitlines() if "│" in line]
    told = {row[0].strip(): row[1].strip() for row in rows}
    assert told["calls"] == "1"
    assert {"characters", "cpu", "wall"} <= told.keys()


@pytest.mark.parametrize(
    ("code", "said"), [("raise SystemExit(3)", "did not end well"), ("", "asked no chat model")]
)
def test_a_program_that_fails_or_asks_nothing_is_named(
    code: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--steps", "1", "--", sys.executable, "-c", code]) == 1
    assert said in capsys.readouterr().out
