"""What an interrupted download left on disk, and the version of the file that it belongs to."""

import json
from pathlib import Path


class PartialFile:
    """NAME.partial, and in NAME.partial.json the server's validator for that version."""

    def __init__(self, target: Path) -> None:
        self.target = target
        self.path = target.with_name(f"{target.name}.partial")
        self._note = target.with_name(f"{target.name}.partial.json")

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self.path.stat().st_size if self.path.is_file() else 0

    def validator(self, url: str) -> str | None:
        """The If-Range validator with which this address may be asked for the rest."""
        try:
            note = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        known = isinstance(note, dict) and note.get("url") == url
        found = note.get("validator") if known else None
        return found if isinstance(found, str) and self.size else None

    def begin(self, url: str, validator: str | None) -> None:
        """Starts from an empty file."""
        self.path.write_bytes(b"")
        self._note.write_text(json.dumps({"url": url, "validator": validator}), encoding="utf-8")

    def discard(self) -> None:
        """Removes everything that has arrived."""
        self.path.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def finish(self) -> Path:
        """Renames the file to its final name, which only a complete file ever has."""
        self.path.replace(self.target)
        self._note.unlink(missing_ok=True)
        return self.target
