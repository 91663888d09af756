"""The examples of docs/library.md, run as printed."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "library.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_runs_as_printed_and_says_something(
    example: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    exec(compile(example, "docs/library.md", "exec"), {"__name__": "__main__"})
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_has_ten_lines_at_most(example: str) -> None:
    assert len([line for line in example.splitlines() if line.strip()]) <= 10


def test_names_that_do_not_exist_are_answered_with_the_nearest_as_the_page_shows(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (example,) = (example for example in EXAMPLES if '"usr"' in example)
    exec(compile(example, "docs/library.md", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert "unknown input 'usr': did you mean 'user'?" in printed
    assert "unknown setting 'K': did you mean 'reflections'?" in printed
