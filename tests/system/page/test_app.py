"""The server's page in a real browser: sessions watched, forked and played, and what goes wrong."""

import json
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from stores import Memories
from tests.experiments.made_records import variant
from tests.experiments.made_runs import Plan, make_run
from tests.system.page.app_server import AppServer, app_server

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from tests.system.page.reader import Browser, Page, open_browser

pytestmark = pytest.mark.system

TOKEN = "a-token-of-the-page-0123456789"
REPORT = "<!doctype html><title>What was found</title>"
ATTACK = "<script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with open_browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[AppServer]:
    folder = tmp_path_factory.mktemp("app")
    run = make_run(folder / "home" / "runs" / "kept", Plan((variant("random"),), seeds=(0,)))
    (run / "report.html").write_text(REPORT)
    with app_server(folder, BILLP_TOKENS=f"page:{TOKEN}", BILLP_SHOW_RUNS="page") as server:
        yield server


def test_the_servers_own_lists_lie_in_the_home_folder(server: AppServer) -> None:
    kept = server.folder / "home" / "server" / ".langgraph_api"
    assert kept.stat().st_mode & 0o777 == 0o700
    assert not (server.folder / ".langgraph_api").exists()


@pytest.fixture
def page(browser: Browser, server: AppServer) -> Page:
    page = Page(browser, server.address, TOKEN)
    page.screen(1280, "light")
    return page


def ask(server: AppServer, method: str, path: str, body: Any = None) -> Any:
    """The server's own answer."""
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {TOKEN}"}
    request = Request(server.address + path, data, headers, method=method)
    with urlopen(request, timeout=30) as reply:
        return json.load(reply)


def state_of(server: AppServer, page: Page) -> Any:
    """The stored state of the session that the address names."""
    thread = page.browser.current_url.rpartition("/")[2]
    return ask(server, "GET", f"/threads/{thread}/state")["values"]


def watch(page: Page, rounds: int, pace: str = "full", **settings: Any) -> None:
    for name, value in {"max_rounds": rounds, "pace": pace, **settings}.items():
        page.fill(name, value)
    page.press("Play", ".side")


def test_a_wrong_token_is_asked_for_again_and_none_is_stored(page: Page, server: AppServer) -> None:
    page.browser.get(f"{server.address}/app")
    page.give_token("a-wrong-token-0123456789")
    page.until(lambda: "does not know" in page.text("dialog.token .problem"))
    page.give_token(TOKEN)
    page.until(lambda: page.all("form.fields"))
    stored = "return JSON.stringify([localStorage, sessionStorage, document.cookie, location.href])"
    assert TOKEN not in page.run(stored)
    assert page.run("return localStorage.length + sessionStorage.length") == 0


def test_a_session_is_watched_to_its_end(page: Page, server: AppServer) -> None:
    page.open()
    assert page.texts("[name=world] option") == ["demo (300 users)"]
    assert page.one("[name=user]").get_attribute("max") == "299"
    watch(page, 6)
    page.until(lambda: page.status().startswith("Ended"))
    state = state_of(server, page)
    steps = state["steps"]
    assert page.texts(".round .item") == [step["item"] for step in steps]
    assert page.texts(".round .plan") == [step["thought"] for step in steps]
    assert page.texts(".round .rating") == [f"{step['reward']:.1f}" for step in steps]
    verdicts = page.texts(".round .verdict")
    for text, verdict in zip(verdicts, state["verdicts"], strict=True):
        assert f"V {verdict['value']:.2f}" in text
        assert ("did not pay off" in text) is (verdict["verdict"] == 0)
    assert state["reflection"] in page.text(".ending")
    page.one(".round summary").click()
    page.until(lambda: page.all(".candidates .chosen b"))  # drawn in the frame after the click
    assert page.text(".candidates .chosen b") == steps[0]["item"]
    assert len(page.all(".candidates li")) == 10
    assert page.console() == []


@pytest.mark.parametrize("route", ["#/watch", "#/play"])
def test_everybody_can_read_and_use_it(route: str, page: Page) -> None:
    page.open(route)
    if route == "#/watch":
        watch(page, 3, beside="react")
        page.until(lambda: page.status(0)[:5] == page.status(1)[:5] == "Ended")
        page.one(".round summary").click()
    else:
        page.press("Begin")
        page.until(lambda: page.text(".playing .open-item"))
        page.one(".why summary").click()
    page.one(".setup > summary").click() if route == "#/play" else None
    page.one(".settings > summary").click()
    for width in (1280, 390):
        for theme in ("light", "dark"):
            page.screen(width, theme)
            assert page.faults() == []
    assert page.reads_in_order(25)
    assert page.console() == []


def test_what_was_learned_is_found_and_withdrawn(page: Page, server: AppServer) -> None:
    page.open()
    watch(page, 3, user=7, memory="shelf")
    page.until(lambda: page.status().startswith("Ended"))
    page.open("#/memories")
    memory = json.dumps(["page", "demo", "shelf", "billp"], separators=(",", ":"))
    page.until(lambda: page.all(f".view option[value='{memory}']"))
    page.fill("memory", memory)
    page.fill("kind", "reflections")
    page.until(lambda: page.texts(".memory .eyebrow") == ["reflections"])
    assert "user 7" in page.text(".memory .sources")
    assert "utility" in page.text(".memory .worth")
    for width in (1280, 390):
        page.screen(width, "light")
        assert page.faults() == []
    page.fill("user", "8")
    page.press("Search")
    page.until(lambda: not page.all(".memory"))
    page.fill("user", "7")
    page.press("Search")
    page.press("Withdraw this user", ".memory")
    page.press("Withdraw it", "dialog")
    page.until(lambda: "withdrawn" in page.text(".place .muted"))
    assert page.all(".memory") == []
    assert page.console() == []


def test_a_client_who_may_see_runs_saves_a_report(page: Page, tmp_path: Path) -> None:
    page.open("#/runs/runs/kept", ready=".figures table")
    assert "20 episodes" in page.text(".runs-list")
    assert page.all(".report a, .report iframe") == []
    where = {"behavior": "allow", "downloadPath": str(tmp_path)}
    page.browser.execute_cdp_cmd("Browser.setDownloadBehavior", where)
    page.press("Save the report")
    page.until((tmp_path / "kept.html").exists)
    assert (tmp_path / "kept.html").read_text() == REPORT
    assert page.console() == []


def test_a_session_is_cancelled_and_stepped_on(page: Page, server: AppServer) -> None:
    page.open()
    watch(page, 30, pace="rounds", user=5)
    page.until(lambda: page.texts(".round .rating")[:1] not in ([], [""]))
    page.press("Cancel")
    page.until(lambda: page.status().startswith("Cancelled"))
    played = len(state_of(server, page)["steps"])
    page.press("Next round")
    page.until(lambda: page.status() == f"Paused, {played + 1} rounds")
    page.press("Next node")
    page.until(lambda: page.all(".round")[played + 1 :] and page.status().startswith("Paused"))
    assert len(state_of(server, page)["steps"]) == played + 1
    assert page.console() == []


def test_a_session_goes_on_from_round_3_with_another_plan(page: Page, server: AppServer) -> None:
    page.open()
    watch(page, 5, user=3, pace="rounds")
    page.until(lambda: all(page.texts(".round .rating")[:3]) and page.all(".round")[2:])
    page.until(lambda: page.run("return !document.querySelectorAll('.round > button')[2].disabled"))
    page.run("document.querySelectorAll('.round > button')[2].click()")
    before = page.texts(".round .item")[:2]
    plan = page.until(lambda: page.one("dialog textarea"))
    plan.clear()
    plan.send_keys("Next: Horror. Something to be afraid of.")
    page.press("Play the branch")
    page.until(lambda: len(page.all(".lane")) == 2 and page.status(1).startswith("Ended"))
    after = state_of(server, page)["steps"]
    assert [step["item"] for step in after[:2]] == before
    assert after[2]["thought"] == "Next: Horror. Something to be afraid of."
    assert page.texts(".lane:last-child .item") == [step["item"] for step in after]
    assert page.texts(".lane:first-child .item")[:2] == before
    assert "another branch" in page.text(".lane .problem")
    assert page.console() == []


def test_a_person_plays_leaves_and_comes_back(page: Page, server: AppServer) -> None:
    page.open("#/play")
    page.fill("user", "anna")
    page.fill("viewed", "Ember Garden")
    page.press("Begin")
    page.until(lambda: page.text(".playing .eyebrow") == "Round 1")
    first = page.text(".open-item")
    page.until(lambda: page.browser.switch_to.active_element.text == first)
    page.browser.switch_to.active_element.send_keys("4")
    page.until(lambda: page.text(".playing .eyebrow") == "Round 2")
    second = page.text(".open-item")
    page.open("#/play")
    page.until(lambda: f"Round 2 waits: {second}" in page.text(".sessions"))
    page.one(".sessions a").click()
    page.until(lambda: page.text(".open-item") == second)
    page.one(".why summary").click()
    page.until(lambda: page.all(".why .candidates .chosen"))
    assert page.text(".why .plan") == state_of(server, page)["thought"]
    page.press("Leave because of it")
    page.until(lambda: "they said so" in page.text(".ending"))
    steps = state_of(server, page)["steps"]
    assert [(step["item"], step["reward"], step["quit"]) for step in steps] == [
        (first, 4.0, None),
        (second, 1.0, "left"),
    ]
    assert page.console() == []


def test_a_memory_that_another_process_holds_is_shown_and_left(
    page: Page, server: AppServer
) -> None:
    page.open()
    watch(page, 2, user=9, memory="own")
    page.until(lambda: page.status().startswith("Ended"))
    (own,) = {path.parent for path in server.folder.rglob("*.own/**/journal.jsonl")}
    held = Path(str(own).replace(".own", ".held"))
    shutil.copytree(own, held)
    with closing(Memories.in_folder(held)):
        page.open("#/memories")
        memory = json.dumps(["page", "demo", "held", "billp"], separators=(",", ":"))
        page.until(lambda: page.all(f".view option[value='{memory}']"))
        page.fill("memory", memory)
        page.until(lambda: page.all(".memory"))
        rows = len(page.all(".memory"))
        page.press("Withdraw this user", ".memory")
        page.press("Withdraw it", "dialog")
        page.until(lambda: "Another process has this memory open" in page.text("main"))
        assert len(page.all(".memory")) == rows


def test_what_the_server_says_stays_text(page: Page, server: AppServer) -> None:
    page.open("#/play")
    page.fill("user", ATTACK)
    page.press("Begin")
    page.until(lambda: ATTACK in page.text(".sessions"))
    page.open()
    watch(page, 2)
    page.until(lambda: page.status().startswith("Ended"))
    thread = page.browser.current_url.rpartition("/")[2]
    last = state_of(server, page)["steps"][-1]
    step = {**last, "round": last["round"] + 1, "item": ATTACK, "thought": ATTACK, "reply": ATTACK}
    values = {"steps": [step], "reflection": ATTACK}
    ask(server, "POST", f"/threads/{thread}/state", {"values": values, "as_node": "remember"})
    page.open(f"#/watch/{thread}")
    page.until(lambda: page.texts(".round .item")[-1:] == [ATTACK])
    assert page.texts(".round .plan")[-1] == ATTACK
    assert ATTACK in page.text(".ending")
    assert page.run("return typeof window.hacked") == "undefined"
    assert page.console() == []


def test_two_tabs_show_one_session(page: Page, server: AppServer) -> None:
    page.open()
    watch(page, 30, pace="rounds", user=8)
    page.until(lambda: page.texts(".round .rating")[:1] not in ([], [""]))
    page.press("Cancel")
    page.until(lambda: page.status().startswith("Cancelled"))
    first, address = page.browser.current_window_handle, page.browser.current_url
    page.browser.switch_to.new_window("tab")
    page.open(f"#{address.partition('#')[2]}")
    played = len(state_of(server, page)["steps"])
    page.until(lambda: page.status() == f"Paused, {played} round{'s' * (played != 1)}")
    second = page.browser.current_window_handle
    page.browser.switch_to.window(first)
    page.press("Next round")
    page.until(lambda: page.status() == f"Paused, {played + 1} rounds")
    page.browser.switch_to.window(second)
    page.until(lambda: page.status() == f"Paused, {played + 1} rounds")
    assert page.texts(".round .item") == [s["item"] for s in state_of(server, page)["steps"]]
    page.browser.close()
    page.browser.switch_to.window(first)


def test_a_server_that_asks_to_wait_is_waited_for(page: Page) -> None:
    page.open()
    page.run(
        "const usual = window.fetch; window.fetch = () => { window.fetch = usual; return "
        "Promise.resolve(new Response('{}', {status: 429, headers: {'Retry-After': '1'}})); };"
    )
    watch(page, 2)
    page.until(lambda: "asks to wait 1 s" in page.text("#banner"))
    page.until(lambda: page.status().startswith("Ended"))
    assert page.text("#banner") == ""


def test_a_server_that_is_stopped_is_missed_and_asked_again(page: Page, server: AppServer) -> None:
    page.open()
    watch(page, 60, pace="rounds", user=9)
    page.until(lambda: page.texts(".round .rating")[:1] not in ([], [""]))
    assert server.interrupt() == 0
    page.until(lambda: "Connection lost" in page.status())
    assert "does not answer" in page.text(".lane .problem")
    page.press("Try again")
    page.until(lambda: "Connection lost" in page.status())
    assert page.texts(".round .item")[0]
