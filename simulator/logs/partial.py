"""What an interrupted download left behind, and which version of the file it belongs to."""

import json
from pathlib import Path


class Partial:
    """NAME.partial and, beside it, the server's tag for the version that is being fetched."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.partial")
        self._tag = target.with_name(f"{target.name}.partial.json")

    @property
    def size(self) -> int:
        """How many bytes are here already."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def validator(self, url: str) -> str | None:
        """The tag under which this address may be asked for the rest."""
        try:
            tag = json.loads(self._tag.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        known = isinstance(tag, dict) and tag.get("url") == url
        found = tag.get("validator") if known else None
        return found if isinstance(found, str) and self.size else None

    def begin(self, url: str, validator: str | None) -> None:
        """Starts the file anew."""
        self.path.write_bytes(b"")
        tag = {"url": url, "validator": validator}
        self._tag.write_text(json.dumps(tag), encoding="utf-8")

    def discard(self) -> None:
        """Removes what is here."""
        self.path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)

    def finish(self) -> Path:
        """Gives the file its name, which only a complete file ever bears."""
        self.path.replace(self.target)
        self._tag.unlink(missing_ok=True)
        return self.target
