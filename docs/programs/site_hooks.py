"""MkDocs' hooks: README and other files from outside docs/ become pages, and links follow them.

Pages link to files as they lie in the repository, so that they can be read there too. `make docs`
fails where a link leads to a file that is neither in docs/ nor named below.
"""

import json
import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).resolve().parents[2]
OUTSIDE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "CONTRIBUTING.md",
    "CHANGELOG.md": "CHANGELOG.md",
    ".env.example": "files/env.example.md",
    "compose.yaml": "files/compose.yaml.md",
    "examples/quickstart.ipynb": "files/quickstart.ipynb.md",
    "examples/serve_client.py": "files/serve_client.py.md",
}
LANGUAGES = {".py": "python", ".example": "shell", ".yaml": "yaml"}
LINK = re.compile(r"(\]\(|src=\")(?![a-z]+:|#)([^)\s#\"]+)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages of files from outside docs/."""
    for source, place in OUTSIDE.items():
        files.append(File.generated(config, place, content=as_page(ROOT / source)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turns links between files of the repository into links between pages."""
    here = page.file.src_uri
    sources = {place: source for source, place in OUTSIDE.items()}
    folder = posixpath.dirname(sources.get(here, f"docs/{here}"))

    def follow(link: re.Match[str]) -> str:
        target = posixpath.normpath(posixpath.join(folder, link[2]))
        place = OUTSIDE.get(target, target.removeprefix("docs/"))
        return link[1] + posixpath.relpath(place, posixpath.dirname(here) or ".")

    return LINK.sub(follow, markdown)


def as_page(path: Path) -> str:
    """A Markdown file as it is; a notebook's cells; of any other file its text."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        return text
    name = path.relative_to(ROOT).as_posix()
    if path.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        return f"# {name}\n\n" + "\n\n".join(map(as_markdown, cells))
    return f"# {name}\n\n```{LANGUAGES[path.suffix]}\n{text}```\n"


def as_markdown(cell: dict[str, list[str]]) -> str:
    """A cell of a notebook; headings of it are below the page's own."""
    source = "".join(cell["source"])
    if cell["cell_type"] == "code":
        return f"```python\n{source}\n```"
    return re.sub(r"^#", "##", source, flags=re.MULTILINE)
