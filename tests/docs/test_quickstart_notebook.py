"""The quickstart notebook in a real kernel, from top to bottom, and interrupted in the middle."""

import json
import os
import shutil
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.system.processes import PATIENCE, ROOT

pytestmark = pytest.mark.system

NOTEBOOK = ROOT / "examples" / "quickstart.ipynb"
CELLS = [
    "".join(cell["source"])
    for cell in json.loads(NOTEBOOK.read_text())["cells"]
    if cell["cell_type"] == "code"
]
[COMPARISON] = [cell for cell in CELLS if "compare(" in cell]


@dataclass
class Kernel:
    """A kernel with its working folder."""

    manager: Any
    client: Any
    folder: Path

    def run(self, cell: str) -> "Ended":
        ended = Ended()
        reply = self.client.execute_interactive(
            cell, timeout=2 * PATIENCE, output_hook=ended.hear, allow_stdin=False
        )
        ended.error = reply["content"].get("ename", "")
        return ended


@dataclass
class Ended:
    """What a cell said and showed."""

    error: str = ""
    said: str = ""
    shown: list[str] = field(default_factory=list)

    def hear(self, message: dict[str, Any]) -> None:
        content = message["content"]
        if message["msg_type"] == "stream" and content["name"] == "stdout":
            self.said += content["text"]
        elif message["msg_type"] in ("display_data", "execute_result"):
            self.shown.append(content["data"].get("text/html", ""))
        elif message["msg_type"] == "error":
            self.said += "\n".join(content["traceback"])


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    from jupyter_client.manager import start_new_kernel

    folder = tmp_path_factory.mktemp("notebook")
    env = {**os.environ, "BILLP_HOME": str(folder / "home"), "HF_HUB_OFFLINE": "1"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(ROOT), env.get("PYTHONPATH"))))
    manager, client = start_new_kernel(cwd=str(folder), env=env, startup_timeout=PATIENCE)
    yield Kernel(manager, client, folder)
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def test_the_notebook_runs_from_top_to_bottom_and_ends_with_a_page(kernel: Kernel) -> None:
    ended = [kernel.run(cell) for cell in CELLS]
    assert [one.error for one in ended] == [""] * len(CELLS), [one.said for one in ended]
    assert len(ended[0].said.splitlines()) > 2
    assert "<td>billp</td>" in ended[1].shown[-1]
    assert "r_traj" in ended[2].shown[-1]
    page = kernel.folder / ended[-1].said.strip()
    assert "billp" in page.read_text()


def test_a_kernel_that_is_interrupted_in_the_middle_leaves_a_run_that_the_same_cell_goes_on_with(
    kernel: Kernel,
) -> None:
    run = kernel.folder / "runs" / "quickstart"
    if not run.exists():
        kernel.run(COMPARISON)
    whole = (run / "summary.json").read_bytes()
    shutil.rmtree(run)

    def interrupt() -> None:
        deadline = time.monotonic() + PATIENCE
        while not (run / "calls.csv").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        kernel.manager.interrupt_kernel()

    threading.Thread(target=interrupt).start()
    stopped = kernel.run(COMPARISON)
    assert stopped.error == "KeyboardInterrupt"
    assert "the same call goes on with it" in stopped.said
    assert not (run / "report.html").exists()
    assert kernel.run(COMPARISON).error == ""
    assert (run / "summary.json").read_bytes() == whole


def test_the_notebook_is_kept_without_outputs() -> None:
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    assert [cell for cell in cells if cell.get("outputs") or cell.get("execution_count")] == []
