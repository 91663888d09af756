"""Compares a downloaded file with the hash that its publisher states."""

import hashlib
import re
from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from simulator.errors import WorldError
from simulator.logs.sources import Remote

AGENT = {"User-Agent": "billp", "Accept-Encoding": "identity"}
MD5 = re.compile(r"\b[0-9a-f]{32}\b")
LIMIT = 4096


class Unavailable(Exception):
    """No address gives the file, or not now; the message says why."""


def check_md5(remote: Remote, url: str, path: Path, timeout: float) -> None:
    """Removes a file that differs; does nothing where the publisher states no hash."""
    if not remote.md5_url:
        return
    stated = _stated(remote.md5_url, timeout)
    with path.open("rb") as file:
        found = hashlib.file_digest(file, "md5").hexdigest()
    if found != stated:
        path.unlink()
        raise WorldError(
            f"{remote.name} from {url} has MD5 {found}, its publisher states {stated}: "
            "discarded; give the same command again"
        )


def _stated(url: str, timeout: float) -> str:
    try:
        with urlopen(Request(url, headers=AGENT), timeout=timeout) as response:
            text = response.read(LIMIT).decode("ascii", "replace").lower()
    except (OSError, HTTPException) as error:
        raise Unavailable(f"cannot get {url}: {error}") from error
    found = MD5.search(text)
    if not found:
        raise Unavailable(f"{url} states no MD5")
    return found[0]
