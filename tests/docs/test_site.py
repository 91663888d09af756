"""The site of docs/: `make docs` builds it strictly, and it loads nothing from other servers."""

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.processes import ROOT

if importlib.util.find_spec("mkdocs") is None or importlib.util.find_spec("mkdocstrings") is None:
    pytest.skip("needs the extra 'docs'", allow_module_level=True)

LOADED = re.compile(
    r"<(?:script|img|iframe)\b[^>]*\bsrc=\"?(?:https?:)?//"
    r"|<link\b[^>]*\brel=\"?(?:stylesheet|preconnect|icon)[^>]*\bhref=\"?(?:https?:)?//"
)
FOREIGN_URL = re.compile(r"url\([\"']?(?:https?:)?//")
NO_NETWORK = dict.fromkeys(("http_proxy", "https_proxy", "all_proxy"), "http://127.0.0.1:9")


def build(site: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(site), *options],
        cwd=ROOT,
        env={**os.environ, **NO_NETWORK, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    done = build(folder)
    assert done.returncode == 0, done.stderr  # a page outside the navigation, a link to nothing
    return folder


@pytest.mark.slow
def test_every_page_is_built_and_starts_with_the_readme(site: Path) -> None:
    sources = {path.relative_to(ROOT / "docs") for path in (ROOT / "docs").rglob("*.md")}
    assert [page for page in sources if not (site / page).with_suffix(".html").is_file()] == []
    assert "Recommenders that chase the next click" in (site / "index.html").read_text()


@pytest.mark.slow
def test_the_site_loads_nothing_from_other_servers(site: Path) -> None:
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    assert len(pages) > 30
    assert [path.name for path, text in pages.items() if LOADED.search(text)] == []
    assert [path.name for path, text in pages.items() if 'class="mermaid"' in text] == []
    styles = [*site.rglob("*.css"), *site.rglob("*.svg")]
    assert [path.name for path in styles if FOREIGN_URL.search(path.read_text())] == []


@pytest.mark.slow
def test_the_reference_tells_what_the_docstrings_say(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", (site / "reference" / "nodes.html").read_text(encoding="utf-8"))
    assert "K: how many reflections the Planner is given." in text
    assert "_refuse_unknown_names" not in text
