"""The report in a real browser: opened from disk, by mouse and by keyboard, on every screen."""

import base64
import json
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from experiments.report import write_report
from experiments.report.markup import visible
from stores import Row
from tests.experiments.made_runs import HOSTILE, Plan, make_run

pytest.importorskip("selenium", reason="needs selenium to drive a browser")

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

pytestmark = pytest.mark.system

BROWSER, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--window-size=1280,900",
)
PHONE = 390
PATIENCE = 20.0

Browser = webdriver.Chrome


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run in which the first episode of BiLLP shows a title that is an attack."""
    plan = Plan(seeds=(0, 1), episodes=20, train_episodes=10, batch=5)
    folder = make_run(tmp_path_factory.mktemp("run"), plan)
    path = folder / "cells" / "billp.0" / "episodes.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    first = next(r for r in records if (r["phase"], r["number"]) == ("frozen", 0))
    first |= {"error": None, "reflection": f"What worked: {HOSTILE}"}
    first["steps"][0] |= {"item": HOSTILE, "thought": HOSTILE, "reply": HOSTILE}
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    write_report(folder)
    return folder


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """One browser for all tests, with a profile of its own."""
    if BROWSER is None or DRIVER is None:
        pytest.skip("needs chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = BROWSER
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield browser
    browser.quit()


@pytest.fixture
def browser(started: Browser, folder: Path) -> Browser:
    """The report, freshly opened from disk on a wide, light screen."""
    screen(started, 1280)
    theme(started, "light")
    started.get("about:blank")
    log(started, "browser")
    log(started, "performance")
    started.get(f"{(folder / 'report.html').as_uri()}#episode=billp/0/frozen/0")
    started.execute_script("localStorage.clear(); delete document.documentElement.dataset.theme")
    return started


def open_anew(browser: Browser, folder: Path) -> None:
    """Opens the report as a reader does who names no episode."""
    browser.get("about:blank")
    browser.get((folder / "report.html").as_uri())


def log(browser: Browser, kind: str) -> list[dict[str, Any]]:
    """What has come into a log since it was last read."""
    read: Any = browser.get_log
    return list(read(kind))


def screen(browser: Browser, width: int) -> None:
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


def theme(browser: Browser, name: str, media: str = "screen") -> None:
    wanted = {"name": "prefers-color-scheme", "value": name}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [wanted], "media": media})


def text(browser: Browser, where: str) -> str:
    return str(browser.find_element(By.CSS_SELECTOR, where).text)


def title(browser: Browser) -> str:
    return text(browser, "#episode h3")


def choose(browser: Browser, name: str, label: str) -> None:
    Select(browser.find_element(By.ID, f"filter-{name}")).select_by_visible_text(label)


def listed(browser: Browser) -> list[list[str]]:
    rows = browser.find_elements(By.CSS_SELECTOR, "#episode-rows tr")
    return [[cell.text for cell in row.find_elements(By.CSS_SELECTOR, "th, td")] for row in rows]


def focused(browser: Browser) -> Any:
    return browser.switch_to.active_element


def brightness(browser: Browser) -> float:
    script = "return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    return float(sum(browser.execute_script(script)) / 3)


def eventually(condition: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come to pass")


def test_it_opens_from_disk_without_a_complaint(browser: Browser) -> None:
    assert title(browser) == "billp, seed 0, no. 0"
    assert log(browser, "browser") == []


def test_without_a_named_episode_it_opens_on_the_longest_of_billp(
    browser: Browser, folder: Path
) -> None:
    open_anew(browser, folder)
    records = [
        record
        for path in sorted(folder.glob("cells/billp.*/episodes.jsonl"))
        for record in map(json.loads, path.read_text().splitlines())
        if record["phase"] == "frozen"
    ]
    longest = max(len(record["steps"]) for record in records)
    assert title(browser).startswith("billp, seed ")
    assert f"{longest} rounds" in text(browser, "#episode > p.muted")
    assert browser.execute_script("return scrollY") == 0


def test_the_title_of_an_episode_is_its_address(browser: Browser) -> None:
    link = browser.find_element(By.CSS_SELECTOR, "#episode h3 a").get_attribute("href")
    assert str(link).endswith("#episode=billp/0/frozen/0")


def test_an_address_of_no_episode_opens_the_page_as_usual(browser: Browser, folder: Path) -> None:
    browser.get("about:blank")
    browser.get(f"{(folder / 'report.html').as_uri()}#episode=billp/0/frozen/999")
    assert title(browser).startswith("billp, seed ")
    assert log(browser, "browser") == []


def test_sums_stand_beside_the_words(browser: Browser, folder: Path) -> None:
    path = folder / "cells" / "billp.0" / "episodes.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    record = next(r for r in records if (r["phase"], r["number"]) == ("frozen", 0))
    total = 0.0
    steps = browser.find_elements(By.CSS_SELECTOR, "#episode .step")
    for element, step, verdict in zip(steps, record["steps"], record["verdicts"], strict=True):
        total += step["reward"]
        said = element.text.replace("\u2212", "-")
        assert f"\u03a3 {total:.1f}" in said
        sum_ = f"{step['reward']:.2f} + 0.5 \u00d7 {verdict['next_value']:.2f}"
        advantage = f"{verdict['advantage']:+.2f}"
        assert f"{sum_} - {verdict['value']:.2f} = {advantage}" in said


def column(browser: Browser, number: int) -> list[str]:
    cells = f"#comparison table tbody tr:not(.group) > :nth-child({number})"
    return [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, cells)][:5]


def test_a_table_is_sorted_by_its_headings_and_back(browser: Browser) -> None:
    before = column(browser, 1)
    button = browser.find_element(By.CSS_SELECTOR, "#comparison th:nth-child(3) button.sort")
    head = browser.find_element(By.CSS_SELECTOR, "#comparison th:nth-child(3)")
    for order, said in ((-1, "descending"), (1, "ascending")):
        button.send_keys(Keys.ENTER)
        lengths = [float(cell.split()[0]) for cell in column(browser, 3)]
        assert lengths == sorted(lengths, key=lambda length: order * length)
        assert head.get_attribute("aria-sort") == said
    button.send_keys(Keys.ENTER)
    assert column(browser, 1) == before
    assert head.get_attribute("aria-sort") is None


def test_on_a_phone_the_contents_are_a_line_that_stays_in_sight(browser: Browser) -> None:
    screen(browser, PHONE)
    browser.refresh()
    contents = browser.find_element(By.CSS_SELECTOR, ".contents details")
    assert contents.get_attribute("open") is None
    contents.find_element(By.TAG_NAME, "summary").click()
    contents.find_element(By.CSS_SELECTOR, "a[href='#cost']").click()
    assert contents.get_attribute("open") is None
    eventually(lambda: "Cost" in text(browser, ".contents summary"))
    place = "return document.querySelector('.contents').getBoundingClientRect().top"
    assert browser.execute_script(place) == 0
    heading = "return document.getElementById('cost-title').getBoundingClientRect().top"
    assert browser.execute_script(heading) > 0


def test_a_long_episode_does_not_make_the_page_longer(browser: Browser) -> None:
    end = "return document.querySelector('.sheet').getBoundingClientRect().bottom + scrollY"
    height = browser.execute_script("return document.documentElement.scrollHeight")
    assert height <= browser.execute_script(end) + 1


def test_it_asks_nothing_of_any_network(browser: Browser, folder: Path) -> None:
    browser.find_element(By.ID, "turn-on").click()
    messages = [json.loads(entry["message"])["message"] for entry in log(browser, "performance")]
    asked = [m["params"] for m in messages if m["method"] == "Network.requestWillBeSent"]
    addresses = {request["request"]["url"] for request in asked} - {"about:blank"}
    assert addresses == {(folder / "report.html").as_uri()}


def test_a_title_that_is_an_attack_stays_text(browser: Browser) -> None:
    assert text(browser, "#episode .step .item") == HOSTILE
    assert HOSTILE in text(browser, "#episode .told")
    assert HOSTILE in text(browser, "#episode .reflection")
    assert browser.execute_script("return typeof window.hacked") == "undefined"
    assert log(browser, "browser") == []


def test_a_script_that_got_onto_the_page_would_not_run(browser: Browser) -> None:
    browser.execute_script(
        "document.body.append(Object.assign(document.createElement('script'), "
        "{textContent: 'window.hacked = 1'}));"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.hacked = 2\">')"
    )
    refused = eventually(lambda: log(browser, "browser"))
    assert "Content Security Policy" in refused[0]["message"]
    assert browser.execute_script("return typeof window.hacked") == "undefined"


def newest(folder: Path, memory: str, id_: str) -> str:
    """The last thing that training taught of a situation, as the page tells it."""
    journal = folder / "cells" / "billp.0" / "memory" / "journal.jsonl"
    found = [
        (fact["at"], key, fact)
        for line in journal.read_text().splitlines()[1:]
        for row in json.loads(line)["rows"][memory]
        if Row(row["text"], {}).id == id_
        for key, fact in row["entries"].items()
    ]
    if not found:
        return "its text is in no journal"
    _, title, fact = max(found)
    if memory == "values":
        return f"worth {fact['target']:.2f}"
    name = "paid off" if fact["verdict"] else "did not pay off"
    return f"{name}: {' '.join(visible(title).split())}"


def test_an_episode_is_told_as_its_record_has_it(browser: Browser, folder: Path) -> None:
    path = folder / "cells" / "billp.0" / "episodes.jsonl"
    records = [json.loads(line) for line in path.read_text().splitlines()]
    record = next(r for r in records if (r["phase"], r["number"]) == ("frozen", 0))
    for closed in browser.find_elements(By.CSS_SELECTOR, "#episode summary"):
        closed.click()
    shown = text(browser, "#episode")
    for principle in record["principles"]:
        assert principle["text"] in shown
    steps = browser.find_elements(By.CSS_SELECTOR, "#episode .step")
    assert len(steps) == len(record["steps"])
    for element, step, verdict in zip(steps, record["steps"], record["verdicts"], strict=True):
        told = " ".join(element.text.split())
        for part in (step["thought"], step["reply"], step["item"], f"({step['found']})"):
            assert " ".join(part.replace("\x07", "").split()).replace("\ud83d", "\ufffd") in told
        assert f"{step['reward']:.2f}" in told
        assert f"V(s) {verdict['value']:.2f}" in told
        assert ("paid off" if verdict["verdict"] else "did not pay off") in told
        for recall in record["recalls"]:
            if recall["round"] == step["round"]:
                assert f"{recall['distance']:.4f}" in told
                assert newest(folder, recall["memory"], recall["id"]) in told
    assert record["reflection"] in shown


def test_filters_by_mouse_leave_what_was_asked_for(browser: Browser) -> None:
    choose(browser, "variant", "react")
    choose(browser, "seed", "1")
    assert text(browser, "#episode-count").startswith("20 of ")
    assert all(row[0].startswith("react, seed 1, no.") for row in listed(browser))
    assert title(browser) == "react, seed 1, no. 0"
    choose(browser, "end", "left: disliked")
    assert {row[5] for row in listed(browser)} == {"disliked"}
    browser.find_element(By.ID, "filter-clear").click()
    assert text(browser, "#episode-count").startswith("240 of 240")


def test_a_user_is_searched_for_by_number(browser: Browser) -> None:
    browser.find_element(By.ID, "filter-user").send_keys("7")
    assert {row[2] for row in listed(browser)} == {"7"}
    browser.find_element(By.ID, "filter-user").send_keys("7777")
    assert listed(browser) == []
    assert text(browser, "#episode") == "No episode matches these filters."


def test_the_list_is_put_in_order(browser: Browser) -> None:
    choose(browser, "order", "highest sum first")
    sums = [float(row[4]) for row in listed(browser)]
    assert sums == sorted(sums, reverse=True)
    assert title(browser) == listed(browser)[0][0]


def test_pages_of_the_list_are_turned_by_mouse(browser: Browser) -> None:
    first = listed(browser)
    browser.find_element(By.ID, "page-on").click()
    assert listed(browser)[0] not in first
    assert title(browser) == listed(browser)[0][0]
    browser.find_element(By.ID, "page-back").click()
    assert listed(browser) == first


def test_the_list_is_walked_by_keyboard_beyond_its_page(browser: Browser) -> None:
    browser.find_elements(By.CSS_SELECTOR, "#episode-rows button")[0].click()
    for number in range(1, 18):
        focused(browser).send_keys(Keys.ARROW_DOWN)
        assert focused(browser).text == title(browser) == f"billp, seed 0, no. {number}"
    focused(browser).send_keys(Keys.ARROW_UP)
    assert title(browser) == "billp, seed 0, no. 16"


def test_episodes_are_turned_by_keyboard_and_the_focus_stays(browser: Browser) -> None:
    browser.execute_script("document.getElementById('episode').focus()")
    focused(browser).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
    assert title(browser) == "billp, seed 0, no. 2"
    focused(browser).send_keys(Keys.ARROW_LEFT)
    assert title(browser) == "billp, seed 0, no. 1"
    assert focused(browser).get_attribute("id") == "episode"
    browser.find_element(By.ID, "turn-on").send_keys(Keys.ENTER)
    assert title(browser) == "billp, seed 0, no. 2"
    assert focused(browser).get_attribute("id") == "turn-on"
    said = browser.find_element(By.ID, "episode-said").get_attribute("textContent")
    assert str(said).startswith("billp, seed 0, no. 2: ")


def test_an_episode_has_an_address_of_its_own(browser: Browser, folder: Path) -> None:
    browser.find_element(By.ID, "turn-on").click()
    address = str(browser.current_url)
    assert address.endswith("#episode=billp/0/frozen/1")
    browser.get("about:blank")
    browser.get(address)
    assert title(browser) == "billp, seed 0, no. 1"


def test_the_first_stop_of_the_keyboard_skips_to_the_figures(
    browser: Browser, folder: Path
) -> None:
    open_anew(browser, folder)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    skip = focused(browser)
    assert skip.text == "Skip to the figures"
    assert eventually(lambda: skip.rect["y"] >= 0)
    skip.send_keys(Keys.ENTER)
    assert focused(browser).get_attribute("id") == "main"


def test_what_has_the_focus_is_outlined(browser: Browser, folder: Path) -> None:
    open_anew(browser, folder)
    body = browser.find_element(By.TAG_NAME, "body")
    seen = set()
    for _ in range(25):
        (focused(browser) or body).send_keys(Keys.TAB)
        outline = "return getComputedStyle(document.activeElement).outlineStyle"
        label = "const n = document.activeElement.nextElementSibling;"
        if focused(browser).get_attribute("type") == "radio":
            outline = f"{label} return getComputedStyle(n).outlineStyle"
        assert browser.execute_script(outline) != "none"
        seen.add(focused(browser).tag_name)
    assert {"a", "input", "div"} <= seen


def test_a_table_is_saved_as_it_lies_beside_the_page(
    browser: Browser, folder: Path, tmp_path: Path
) -> None:
    allowed = {"behavior": "allow", "downloadPath": str(tmp_path)}
    browser.execute_cdp_cmd("Browser.setDownloadBehavior", allowed)
    for name in ("learning", "episodes"):
        link = browser.find_elements(By.CSS_SELECTOR, f"a[data-table={name}]")[0]
        browser.execute_script("arguments[0].click()", link)
        saved = tmp_path / f"{name}.csv"
        eventually(saved.exists)
        assert saved.read_bytes() == (folder / "csv" / f"{name}.csv").read_bytes()
    assert log(browser, "browser") == []


def test_it_is_dark_where_the_reader_likes_it_dark(browser: Browser) -> None:
    assert brightness(browser) > 240
    theme(browser, "dark")
    assert brightness(browser) < 40
    line = "return getComputedStyle(document.querySelector('.chart .fill-ink')).fill"
    assert browser.execute_script(line) == "rgb(234, 231, 225)"


def test_the_readers_choice_of_theme_outlives_the_page(browser: Browser) -> None:
    browser.find_element(By.XPATH, "//fieldset//span[text()='Dark']").click()
    assert brightness(browser) < 40
    browser.refresh()
    assert brightness(browser) < 40
    browser.find_element(By.XPATH, "//fieldset//span[text()='Auto']").click()
    assert brightness(browser) > 240


@pytest.mark.parametrize("width", [PHONE, 768, 1280])
def test_no_screen_has_to_be_scrolled_sideways(browser: Browser, width: int) -> None:
    screen(browser, width)
    for closed in browser.find_elements(By.CSS_SELECTOR, "details:not([open])"):
        browser.execute_script("arguments[0].open = true", closed)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_a_phone_gets_drawings_that_can_be_read_there(browser: Browser) -> None:
    screen(browser, PHONE)
    sizes = browser.execute_script(
        "return [...document.querySelectorAll('.chart')].map(c => c.getBoundingClientRect().width "
        "/ c.viewBox.baseVal.width).filter(scale => scale > 0)"
    )
    assert len(sizes) > 10
    assert min(sizes) > 0.85


def test_on_paper_it_is_light_and_has_nothing_to_press(browser: Browser) -> None:
    theme(browser, "dark", media="print")
    assert brightness(browser) == 255
    for hidden in (".filters", ".themes", ".contents", ".list"):
        assert not browser.find_element(By.CSS_SELECTOR, hidden).is_displayed()
    printed = browser.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
