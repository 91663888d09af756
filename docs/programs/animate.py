"""Films the page /app: python docs/programs/animate.py writes docs/pictures/app.webp.

BiLLP learns from a few sessions of the demo world first. Then its session is watched beside one of
`react`, with the same user, in headless Chromium on a real server.
"""

import io
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from draw import PICTURES, browser
from PIL import Image
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.support.select import Select

LEARN = """
from graph.trainer import graph
graph.invoke({"episodes": 12, "batch": 4}, context={"memory": "film", "max_rounds": 30})
"""
SETTINGS = {"user": 25, "memory": "film", "max_rounds": 8, "beside": "react", "half": "test"}
SIZE = {"width": 1120, "height": 800, "deviceScaleFactor": 1, "mobile": False}
PATIENCE = 180.0  # seconds
FRAME, LAST = 260, 3500  # milliseconds
QUALITY = 70
LARGEST = 2_000_000  # bytes
TO_THE_END = "scrollTo({top: document.body.scrollHeight, behavior: 'instant'})"


@contextmanager
def app(home: Path) -> Iterator[str]:
    """The address of the page, on a server with memories of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    env = {**os.environ, "BILLP_HOME": str(home)}
    subprocess.run([sys.executable, "-c", LEARN], env=env, check=True)
    command = [sys.executable, "-m", "experiments.cli", "app", "--no-open", "--port", port]
    server = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True)
    assert server.stdout
    try:
        yield server.stdout.readline().partition(" ")[0]
    finally:
        server.terminate()
        server.wait()


def film(chromium: webdriver.Chrome, address: str) -> list[Image.Image]:
    """What can be seen from the press of Play to the end of both sessions; no picture twice."""
    chromium.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", SIZE)
    chromium.get(address)
    wait(lambda: chromium.find_elements(By.CSS_SELECTOR, "form.fields"))
    for name, value in SETTINGS.items():
        control = chromium.find_element(By.CSS_SELECTOR, f".view [name={name}]")
        if control.tag_name == "select":
            Select(control).select_by_value(str(value))
        else:
            control.clear()
            control.send_keys(str(value))
    seen = [picture(chromium)]
    chromium.find_element(By.CSS_SELECTOR, ".side button.main").click()

    def ended() -> bool:
        seen.append(picture(chromium))
        statuses = [one.text for one in chromium.find_elements(By.CSS_SELECTOR, ".status")]
        return len(statuses) == 2 and all(status.startswith("Ended") for status in statuses)

    wait(ended)
    chromium.execute_script(TO_THE_END)
    seen.append(picture(chromium))
    return [one for before, one in zip([None, *seen], seen, strict=False) if one != before]


def wait(condition: Callable[[], object]) -> None:
    """Returns once the condition is true."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("the page did not come to its end: see server/app.log")
        time.sleep(0.05)


def picture(chromium: webdriver.Chrome) -> Image.Image:
    """The page as it is now."""
    return Image.open(io.BytesIO(chromium.get_screenshot_as_png())).convert("RGB")


def main() -> None:
    """Films, and writes the file."""
    if sys.argv[1:]:
        sys.exit(__doc__)
    with (
        tempfile.TemporaryDirectory() as home,
        app(Path(home)) as address,
        browser(SIZE["width"], SIZE["height"]) as chromium,
    ):
        first, *rest = film(chromium, address)
    durations = [LAST // 2, *[FRAME] * (len(rest) - 2), LAST // 2, LAST]
    path = PICTURES / "app.webp"
    first.save(
        path,
        save_all=True,
        append_images=rest,
        duration=durations,
        loop=0,
        quality=QUALITY,
        method=4,
    )
    size = path.stat().st_size
    print(f"{path}: {1 + len(rest)} frames, {size:,} bytes")
    if size > LARGEST:
        sys.exit(f"it has more than {LARGEST:,} bytes: lower QUALITY or max_rounds")


if __name__ == "__main__":
    main()
