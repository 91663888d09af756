"""`.env` in the current folder is read by every command."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import pytest

from tests.experiments.tiny_runs import billp


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with patch.dict(os.environ):  # to which commands add what `.env` holds
        del os.environ["BILLP_HOME"]
        yield tmp_path


def test_a_home_in_dotenv_is_where_commands_look(place: Path) -> None:
    (place / ".env").write_text(f"BILLP_HOME='{place / 'kept'}' # mine\n")
    assert billp("memory", "list").out == f"no memories in {place / 'kept' / 'memory'}\n"


def test_the_environment_wins(place: Path) -> None:
    (place / ".env").write_text(f"BILLP_HOME={place / 'kept'}\n")
    os.environ["BILLP_HOME"] = str(place / "other")
    assert billp("memory", "list").out == f"no memories in {place / 'other' / 'memory'}\n"


def test_a_key_in_dotenv_is_a_key(place: Path) -> None:
    asked = ("compare", "--model", "openai:x", "--arms", "react", "--out", "run")
    assert "set OPENAI_API_KEY in the environment or in .env" in billp(*asked).err
    (place / ".env").write_text("export OPENAI_API_KEY=sk-test\n")
    (place / "run").mkdir()
    (place / "run" / "other").touch()
    assert "run holds other files" in billp(*asked).err  # the key is no longer what is missing


def test_only_the_current_folder_is_looked_at(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (place / ".env").write_text(f"BILLP_HOME={place / 'kept'}\n")
    (place / "below").mkdir()
    monkeypatch.chdir(place / "below")
    assert billp("memory", "list").out == f"no memories in {place / 'below/.billp/memory'}\n"


def test_a_dotenv_that_is_no_text_is_refused_in_one_line(place: Path) -> None:
    (place / ".env").write_bytes(b"KEY=\xff\xfe\n")
    done = billp("memory", "list")
    assert (done.code, done.out) == (2, "")
    assert done.err == f"billp: {place / '.env'} cannot be read: it is not UTF-8 text\n"
