"""The page at /app as its reader has it: what they press, type and see."""

import json
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException, WebDriverException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

PATIENCE = 40.0

Browser = webdriver.Chrome
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--window-size=1280,900",
)

# Texts whose colour is too near to that of what is behind them, as WCAG 2 measures it (AA).
LOW_CONTRAST = """
const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
const channels = (colour) => {
  canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
  return [...canvas.getImageData(0, 0, 1, 1).data];
};
const light = ([r, g, b]) => {
  const part = (v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
};
const behind = (node) => {
  for (let at = node; at; at = at.parentElement) {
    const colour = channels(getComputedStyle(at).backgroundColor);
    if (colour[3] === 255) return colour;
  }
  return [255, 255, 255, 255];
};
const found = [];
for (const node of document.querySelectorAll('body *')) {
  const own = [...node.childNodes].some((c) => c.nodeType === 3 && c.textContent.trim());
  if (!own || node.closest('svg') || node.disabled || !node.checkVisibility()) continue;
  const style = getComputedStyle(node);
  const [a, b] = [light(channels(style.color)), light(behind(node))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) found.push(`${node.textContent.slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return found;
"""
# Whether Tab goes through the page as it reads, and what has the focus can be seen.
IN_ORDER = """
const [before, now] = [window.focusedBefore, document.activeElement];
window.focusedBefore = now;
const seen = now.matches(':focus-visible');
return seen && (!before || Boolean(before.compareDocumentPosition(now) & 4));
"""
NAMED = ("button", "textbox", "combobox", "checkbox", "radio", "link", "spinbutton", "region")


@contextmanager
def open_browser(profile: Path) -> Iterator[Browser]:
    """A browser with a profile of its own; the test is skipped where there is none."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        pytest.skip("needs chromium and chromedriver on the path")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


class Page:
    """A tab on the page, with the token given where there are tokens."""

    def __init__(self, browser: Browser, address: str, token: str) -> None:
        self.browser = browser
        self._address, self._token = address, token

    def open(self, route: str = "", ready: str = "form.fields") -> None:
        """Loads the page anew, as its first visitor does."""
        self.browser.get("about:blank")
        self.browser.get(f"{self._address}/app{route}")
        if self._token:
            self.give_token(self._token)
        self.until(lambda: self.all(ready))
        self.console()

    def give_token(self, token: str) -> None:
        self.until(lambda: self.all("dialog.token input"))
        self.one("dialog.token input").send_keys(token)
        self.press("Use this token")

    def one(self, where: str) -> Any:
        return self.browser.find_element(By.CSS_SELECTOR, where)

    def all(self, where: str) -> list[Any]:
        return self.browser.find_elements(By.CSS_SELECTOR, where)

    def text(self, where: str) -> str:
        return str(self.one(where).get_attribute("textContent"))

    def texts(self, where: str) -> list[str]:
        script = "return [...document.querySelectorAll(arguments[0])].map((one) => one.textContent)"
        return list(self.run(script, where))

    def run(self, script: str, *given: Any) -> Any:
        return self.browser.execute_script(script, *given)

    def press(self, label: str, where: str = "body") -> None:
        """Presses the button with this label as soon as it is there."""

        def pressed() -> bool:
            for button in self.all(f"{where} button"):
                if button.text == label and button.is_enabled():
                    button.click()
                    return True
            return False

        self.until(pressed)

    def fill(self, name: str, value: Any) -> None:
        control = self.one(f".view [name={name}]")
        if control.tag_name == "select":
            Select(control).select_by_value(str(value))
        else:
            control.clear()
            control.send_keys(str(value))

    def status(self, lane: int = 0) -> str:
        return str(self.all(".status")[lane].text)

    def until(self, condition: Callable[[], Any]) -> Any:
        """What a condition returns once it is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if found := condition():
                    return found
            except (StaleElementReferenceException, WebDriverException):
                pass
            time.sleep(0.05)
        told = self.text("main")[-1500:]
        raise AssertionError(f"it did not come to pass; the page says:\n{told}")

    def console(self) -> list[str]:
        """What the browser has complained about since it was last asked."""
        read: Any = self.browser.get_log
        return [entry["message"] for entry in read("browser")]

    def reads_in_order(self, steps: int) -> bool:
        """Whether Tab goes through the page from its beginning as it reads, and shows where."""
        self.run("document.activeElement.blur(); window.focusedBefore = null; scrollTo(0, 0)")
        self.run("getSelection().collapse(document.body, 0)")
        for _ in range(steps):
            self.browser.switch_to.active_element.send_keys(Keys.TAB)
            if not self.run(IN_ORDER):
                return False
        return True

    def screen(self, width: int, theme: str) -> None:
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
        self.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        wanted = [{"name": "prefers-color-scheme", "value": theme}]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": wanted})

    def faults(self) -> list[str]:
        """What keeps somebody from reading or using the page as it is now."""
        found = [f"low contrast: {one}" for one in self.run(LOW_CONTRAST)]
        tree = self.browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})
        for node in tree["nodes"]:
            role = node.get("role", {}).get("value")
            if not node.get("ignored") and role in NAMED and not node.get("name", {}).get("value"):
                found.append(f"no name: {json.dumps(node.get('properties'))} {role}")
        if self.run("return document.documentElement.scrollWidth > innerWidth"):
            found.append("it is wider than the screen")
        ids = self.run("return [...document.querySelectorAll('[id]')].map((one) => one.id)")
        found += [f"id twice: {one}" for one in set(ids) if ids.count(one) > 1]
        if len(self.all("h1")) != 1:
            found.append("it has not one heading of the first level")
        return found
