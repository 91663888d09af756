"""Draws the README's pictures from what the project really shows.

python docs/programs/draw.py graph MERMAID     the graphs as LangGraph draws them; MERMAID is the
                                               path of mermaid.min.js (npm install mermaid)
python docs/programs/draw.py report RUN        a run's report.html, in Chromium
python docs/programs/draw.py terminal ANSWER...
                                               a session of `billp play`, with these answers
"""

import html
import io
import os
import pty
import re
import shutil
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.text import Text
from selenium import webdriver
from selenium.webdriver.common.by import By

from experiments.people.screen import PROMPT

PICTURES = Path(__file__).resolve().parents[1] / "pictures"
COLUMNS = 100
PLAY = ["billp", "play", "--user", "3"]
FONTS = re.compile(r"@font-face \{\{.*?\}\}", re.DOTALL)  # which come from another server
SPINNER = re.compile(r"\x1b\[\?25l.*?\x1b\[\?25h\r\x1b\[1A\x1b\[2K", re.DOTALL)
PAGE = """<!doctype html><meta charset="utf-8"><style>body {{margin: 0; background: white}}
.mermaid {{display: inline-block; padding: 1rem}}</style>
<script src="{script}"></script><script>mermaid.initialize({{startOnLoad: true}})</script>
<pre class="mermaid">{text}</pre>"""


def browser(width: int, height: int) -> webdriver.Chrome:
    """Headless Chromium, three pixels to two points."""
    options = webdriver.ChromeOptions()
    for flag in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(flag)
    options.add_argument(f"--window-size={width},{height}")
    options.add_argument("--force-device-scale-factor=1.5")
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    return webdriver.Chrome(options=options, service=service)


def draw_graph(mermaid: Path) -> None:
    """The trainer, with the episode graph seen inside."""
    from graph.trainer import graph

    drawing = graph.get_graph(xray=True)
    for node in drawing.nodes.values():
        drawing.nodes[node.id] = node._replace(metadata=None)  # descriptions are for Studio
    text = html.escape(drawing.draw_mermaid())
    with tempfile.TemporaryDirectory() as folder, browser(1600, 1600) as chromium:
        page = Path(folder) / "page.html"
        page.write_text(PAGE.format(script=mermaid.resolve().as_uri(), text=text))
        chromium.implicitly_wait(10)
        chromium.get(page.as_uri())
        drawn = chromium.find_element(By.CSS_SELECTOR, ".mermaid svg")
        (PICTURES / "trainer.png").write_bytes(drawn.screenshot_as_png)


def draw_report(run: Path) -> None:
    """The top of the page."""
    with browser(1180, 1750) as chromium:
        chromium.get((run / "report.html").resolve().as_uri())
        chromium.save_screenshot(str(PICTURES / "report.png"))


def draw_terminal(answers: list[str]) -> None:
    """A session of `billp play`: an answer at every prompt."""
    pid, terminal = pty.fork()
    if not pid:
        os.environ.update(TERM="xterm-256color", COLUMNS=str(COLUMNS))
        os.execvp(PLAY[0], PLAY)
    told, answered = "", 0
    with suppress(OSError):  # which is how the end of a terminal is told
        while part := os.read(terminal, 65536).decode(errors="replace"):
            told += part
            if told.count(PROMPT) > answered:
                os.write(terminal, f"{answers[answered]}\n".encode())
                answered += 1
    os.waitpid(pid, 0)
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    console.print(Text.from_ansi(SPINNER.sub("", told).replace("\r", "")))
    own_fonts = FONTS.sub("", CONSOLE_SVG_FORMAT)
    path = PICTURES / "terminal.svg"
    console.save_svg(str(path), title=" ".join(PLAY), code_format=own_fonts)


def main() -> None:
    """One kind of picture a call."""
    match sys.argv[1:]:
        case ["graph", mermaid]:
            draw_graph(Path(mermaid))
        case ["report", run]:
            draw_report(Path(run))
        case ["terminal", *answers]:
            draw_terminal(answers)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
