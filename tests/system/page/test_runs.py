"""The runs that are kept, in a real browser: live while one is played, opened and compared."""

import importlib
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("selenium", reason="needs selenium to drive a browser")
pytest.importorskip("uvicorn", reason="needs the extra 'serve'")

import uvicorn
from starlette.applications import Starlette

import durable
from experiments.report import write_report
from experiments.runs.cell import cell_of
from experiments.served.routes import run_routes
from experiments.statistics.summary import SUMMARY, read_summary
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run, variant_named
from tests.system.page.reader import Page, open_browser
from tests.system.processes import free_port

pytestmark = pytest.mark.system

HOSTILE = "<img src=x onerror='window.hacked = 1'>"
ARMS = (variant("billp"), variant("random"), variant_named(HOSTILE, "react"))
PLAN = Plan(ARMS, seeds=(0,), episodes=6, train_episodes=5)
ASKS = "return fetch('/kept-runs').then(() => 'answered', () => 'refused')"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with a report, the same with other sessions, one that is played, one damaged."""
    home = tmp_path_factory.mktemp("home")
    runs = home / "runs"
    first = make_run(runs / "first", PLAN)
    write_report(first)
    for name in ("live", HOSTILE, "damaged"):
        shutil.copytree(first, runs / name)
    (runs / "damaged" / "run.json").write_text("{")
    (runs / "live" / SUMMARY).unlink()
    (runs / "live" / "checkpoints.sqlite").touch()
    return home


@pytest.fixture(scope="module")
def address(home: Path) -> Iterator[str]:
    """The routes of the server in this process, without LangGraph's own."""
    port = free_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BILLP_HOME", str(home))
        patch.setenv("LANGGRAPH_API_URL", "http://127.0.0.1:2024")
        made = importlib.import_module("graph.auth").server_app(run_routes())
        app = Starlette(routes=made.routes, middleware=made.user_middleware)
        server = uvicorn.Server(uvicorn.Config(app, port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        yield f"http://127.0.0.1:{port}"
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def page(address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield Page(browser, address, token="")


def row(page: Page, name: str) -> str:
    return next(text for text in page.texts(".runs-list li") if text.startswith(name))


def check_everybody_can_use_it(page: Page) -> None:
    for width in (1280, 390):
        for theme in ("light", "dark"):
            page.screen(width, theme)
            assert page.faults() == []
    page.screen(1280, "light")


def test_a_run_is_followed_while_it_is_played(page: Page, home: Path) -> None:
    run = home / "runs" / "live"
    records = cell_of(run, "billp", 0).episodes
    lines = records.read_bytes().splitlines(keepends=True)
    records.write_bytes(b"".join(lines[:6]))
    lock = durable.Lock(run / "lock")
    lock.acquire()
    try:
        page.open("#/runs", ready=".runs-list li")
        assert "Running" in row(page, "live")
        assert "18 of 23 episodes" in row(page, "live")
        assert page.one(".runs-list progress").get_attribute("value") == "18"
        assert "Damaged" in row(page, "damaged")
        assert "Done" in row(page, HOSTILE)
        check_everybody_can_use_it(page)
        page.one(".runs-list a[href$='live']").click()
        page.until(lambda: "Of what was played so far" in page.text(".run .figures"))
        durable.append(records, b"".join(lines[6:]))
        page.until(lambda: "finishing" in page.text(".run > .muted"))
        assert "23 of 23 episodes" in page.text(".run > .muted")
    finally:
        lock.release()
    page.until(lambda: page.text(".run .status") == "Interrupted")
    assert "Give its command again" in page.text(".run")
    assert page.run("return typeof window.hacked") == "undefined"
    assert page.console() == []


def test_a_run_is_opened_read_and_compared(page: Page, home: Path, address: str) -> None:
    page.open("#/runs/runs/first", ready=".figures table")
    found = read_summary(home / "runs" / "first").variants["billp"].phases["frozen"].len
    assert page.text(".figures td .mean") == f"{found.mean:.2f}"
    assert page.text(".figures td .interval") == f"{found.low:.2f} to {found.high:.2f}"
    assert HOSTILE in page.texts(".figures tbody th")
    page.one(".report summary").click()
    page.until(lambda: page.all(".report iframe"))
    page.browser.switch_to.frame(page.one(".report iframe"))
    assert page.text("h1") == "table3 on steam"
    assert page.run("return self.origin") == "null"
    assert page.run(ASKS) == "refused"
    page.browser.switch_to.default_content()
    page.console()  # the refusal stands there
    page.one(".report summary").click()
    page.fill("beside", f"runs/{HOSTILE}")
    page.until(lambda: "The settings are the same." in page.text(".run"))
    assert page.browser.current_url.startswith(f"{address}/app#/runs/runs/first/minus/runs/")
    page.run("location.reload()")
    page.until(lambda: page.texts(".figures[aria-live] .mean")[:1] == ["+0.00"])
    check_everybody_can_use_it(page)
    assert page.reads_in_order(16)
    assert page.run("return typeof window.hacked") == "undefined"
    assert page.console() == []
    page.screen(390, "light")
    page.one(".run .back").click()
    page.until(lambda: page.browser.switch_to.active_element.text == "first")
    page.open("#/runs/runs/none", ready=".runs-list li")
    page.until(lambda: "There is no such run" in page.text(".run .problem"))
