"""The files of the page at /app; nothing but these is served there."""

from pathlib import Path

STATIC = Path(__file__).parent / "static"
INDEX = STATIC / "index.html"
THEME = STATIC / "theme.css"  # of the report as well
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}


def static_files() -> list[Path]:
    """All files of the page but the page itself."""
    found = (path for path in STATIC.rglob("*") if path.suffix in MEDIA_TYPES)
    return sorted(path for path in found if path != INDEX)
