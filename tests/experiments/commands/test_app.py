"""`billp app` before it starts anything: its configuration, and what it refuses."""

import json
import socket
from typing import Any

import pytest

from experiments.commands import page_server
from experiments.commands.page_server import SERVER
from tests.experiments.tiny_runs import billp
from tests.system.processes import ROOT


def test_an_installed_package_serves_as_a_clone_does() -> None:
    in_clone = json.loads((ROOT / "langgraph.json").read_text(encoding="utf-8"))
    assert in_clone.pop("$schema") == "https://langgra.ph/schema.json"  # for editors
    assert in_clone.pop("env") == ".env"  # the command line has read it already
    for of_an_image in ("python_version", "api_version", "dockerfile_lines"):
        in_clone.pop(of_an_image)
    assert "." in in_clone.pop("dependencies")  # and what an image needs beside
    assert in_clone == {name: value for name, value in SERVER.items() if name != "dependencies"}


def test_a_port_that_is_taken_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = billp("app", "--no-open", "--port", str(port))
    assert done.code == 2
    assert f"port {port} is taken" in done.err


def test_others_are_let_in_with_tokens_alone() -> None:
    done = billp("app", "--no-open", "--host", "0.0.0.0")
    assert done.code == 2
    assert "set BILLP_TOKENS" in done.err


def test_without_the_server_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    missing: Any = lambda name: None if name == "langgraph_api" else object()  # noqa: E731
    monkeypatch.setattr(page_server.importlib.util, "find_spec", missing)
    done = billp("app", "--no-open")
    assert done.code == 2
    assert "pip install -e '.[serve]'" in done.err
