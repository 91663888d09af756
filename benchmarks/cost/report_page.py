"""How large the page of a run of 10,000 episodes is, and how soon a browser shows it."""

import shutil
import statistics
import tempfile
import time
from pathlib import Path

from selenium import webdriver

from benchmarks.figures import Figure, report
from experiments.report import write_report
from tests.experiments.made_runs import Plan, make_run

EPISODES, SEEDS, TIMES = 10_000, 5, 3
PHASES = 7  # five variants, two of which learn first
FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--window-size=1280,900")
SHOWN = "return document.readyState == 'complete' && document.querySelector('#episode h3') != null"
MEGABYTE = 1e6


def opened(page: Path) -> float:
    """Seconds until the page has loaded and tells an episode, in a browser that is running."""
    options = webdriver.ChromeOptions()
    for flag in FLAGS:
        options.add_argument(flag)
    options.binary_location = shutil.which("chromium") or ""
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    with webdriver.Chrome(options=options, service=service) as browser:
        began = time.monotonic()
        browser.get(page.as_uri())
        while not browser.execute_script(SHOWN):
            time.sleep(0.01)
        return time.monotonic() - began


def main() -> None:
    """Measures on a run that is made up."""
    each = -(-EPISODES // (PHASES * SEEDS))
    plan = Plan(seeds=tuple(range(SEEDS)), episodes=each, train_episodes=each, batch=10)
    with tempfile.TemporaryDirectory() as place:
        folder = make_run(Path(place), plan)
        kept = sum(len(path.read_bytes().splitlines()) for path in folder.rglob("episodes.jsonl"))
        began = time.monotonic()
        page = write_report(folder)
        written = time.monotonic() - began
        seconds = statistics.median(opened(page) for _ in range(TIMES))
        report(
            [
                Figure("report: episodes of the run", kept, "", least=EPISODES),
                Figure("report: its page", page.stat().st_size / MEGABYTE, "MB", 15),
                Figure("report: until the browser shows it", seconds, "s", 3),
                Figure("report: writing it", written, "s"),
            ]
        )


if __name__ == "__main__":
    main()
