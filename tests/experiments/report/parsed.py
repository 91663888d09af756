"""A page as tests look at it: elements, their attributes, and what is text."""

import json
from html.parser import HTMLParser
from typing import Any

VOID = {"input", "meta", "br"}
ATOMS = {"script", "style"}


class Page(HTMLParser):
    """Everything that a page consists of, in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.blocks: dict[str, str] = {}
        self.own: dict[str, str] = {}
        self.unclosed: list[str] = []
        self._block: dict[str, str | None] = {}
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.unclosed.append(tag)
        self._block = dict(attrs)

    def handle_endtag(self, tag: str) -> None:
        assert self.unclosed.pop() == tag

    def handle_data(self, data: str) -> None:
        inside = self.unclosed[-1] if self.unclosed else ""
        if inside not in ATOMS:
            self.texts.append(data)
        elif self._block.get("type") == "application/json":
            self.blocks[str(self._block["id"])] = data
        else:
            self.own[inside] = self.own.get(inside, "") + data

    @property
    def text(self) -> str:
        """What is read on the page before any script has run."""
        return " ".join(" ".join(self.texts).split())

    def block(self, name: str) -> Any:
        """What a block of data holds."""
        return json.loads(self.blocks[name])

    def all(self, *names: str) -> list[dict[str, str | None]]:
        """The attributes of all elements of these names."""
        return [attributes for name, attributes in self.elements if name in names]
