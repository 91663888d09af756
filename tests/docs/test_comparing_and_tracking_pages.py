"""The Python examples of the pages on comparing and tracking run as they are printed."""

import re
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[2] / "docs"
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
LONGEST = 10  # lines
EXAMPLES = [
    pytest.param(text, id=f"{page}-{number}")
    for page in ("comparing", "tracking")
    for number, text in enumerate(BLOCK.findall((DOCS / f"{page}.md").read_text()))
]


def test_the_examples_are_found() -> None:
    assert len(EXAMPLES) > 10


@pytest.mark.slow
@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_runs_as_printed_and_prints_something(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    if "to_pandas" in example:
        pytest.importorskip("pandas", reason="needs the extra 'pandas'")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BILLP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(sys, "argv", ["example.py"])
    exec(compile(example, "example.py", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_ten_lines_or_fewer(example: str) -> None:
    assert len([line for line in example.splitlines() if line.strip()]) <= LONGEST
