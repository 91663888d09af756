"""Fetches one published file: resumed where it broke off, limited in size, checked by its hash."""

import hashlib
import json
import re
import shutil
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx

SPARE_DISK = 100 << 20
CONTENT_RANGE = re.compile(r"bytes (\d{1,18})-\d{1,18}/(\d{1,18})")
MD5, MD5_FILE_LIMIT = re.compile(r"\b[0-9a-f]{32}\b"), 4096
GONE, RETRIED = (404, 410, 416), (408, 429)
HEADERS = {"User-Agent": "billp", "Accept-Encoding": "identity"}


class DownloadError(ValueError):
    """A file that cannot be kept, or is not the one that was published; it says what to do."""


class UnavailableError(Exception):
    """No address serves the file at present; the message says why."""


@dataclass(frozen=True)
class RemoteFile:
    """A published file: its addresses in order of preference, and its maximum size in bytes."""

    name: str
    urls: tuple[str, ...]
    limit: int
    md5_url: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class DownloadRetry:
    """The timeout of a request, how many attempts in a row may add no byte, and the pause."""

    timeout: float = 30.0
    attempts: int = 4
    pause: float = 2.0


DEFAULT_RETRY = DownloadRetry()


def fetch(
    remote: RemoteFile,
    folder: Path,
    progress: Callable[[int, int], None] | None = None,
    retry: DownloadRetry = DEFAULT_RETRY,
) -> Path:
    """The file in the folder, from the first address that serves it; resumes a partial file."""
    partial = _PartialFile(folder / remote.name)
    if partial.target.is_file():
        return partial.target
    reasons = []
    tls = ssl.create_default_context()  # the system's certificates, as curl and browsers use them
    with httpx.Client(
        headers=HEADERS, timeout=retry.timeout, follow_redirects=True, verify=tls
    ) as client:
        for url in sorted(remote.urls, key=lambda url: partial.validator(url) is None):
            try:
                return _Fetch(client, remote, url, partial, progress, retry).run()
            except UnavailableError as error:
                reasons.append(f"{url}: {error}")
                if partial.validator(url):
                    break  # another address would restart what this one can resume
    raise UnavailableError("; ".join(reasons))


class _PartialFile:
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


@dataclass(frozen=True)
class _Fetch:
    """One file from one address."""

    client: httpx.Client
    remote: RemoteFile
    url: str
    partial: _PartialFile
    progress: Callable[[int, int], None] | None
    retry: DownloadRetry

    def run(self) -> Path:
        """Sends requests until the file is complete."""
        reason, fruitless = "", 0
        while fruitless < self.retry.attempts:
            before = self.partial.size
            if (reason := self._attempt()) == "":
                self._check_hash()
                return self.partial.finish()
            if self.partial.size <= before:
                fruitless += 1
                time.sleep(self.retry.pause)
        raise UnavailableError(reason)

    def _attempt(self) -> str:
        """Requests the missing bytes; returns why the file is still incomplete, or ''."""
        have, validator = self.partial.size, self.partial.validator(self.url)
        resume = {"Range": f"bytes={have}-", "If-Range": validator} if validator else {}
        try:
            with self.client.stream("GET", self.url, headers=resume) as response:
                if response.is_error:
                    return self._refused(response, have)
                return self._receive(response, have)
        except httpx.RemoteProtocolError:
            return "the connection broke off"
        except (httpx.HTTPError, OSError) as error:
            return str(error) or type(error).__name__

    def _refused(self, response: httpx.Response, have: int) -> str:
        status, reason = response.status_code, f"{response.status_code} {response.reason_phrase}"
        if status == 416 and response.headers.get("Content-Range") == f"bytes */{have}":
            return ""
        if status in GONE:
            self.partial.discard()
        if status == 416:
            return "the file has another length than before"
        if status < 500 and status not in RETRIED:
            raise UnavailableError(reason)
        return reason

    def _receive(self, response: httpx.Response, have: int) -> str:
        if response.status_code == 206:
            span = CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if not span or int(span[1]) != have:
                self.partial.discard()
                return "the server sent another range than requested"
            total = int(span[2])
        else:
            total, have = int(response.headers.get("Content-Length", 0)), 0
            self.partial.begin(self.url, _validator(response))
        self._check_room(total, have)
        with self.partial.path.open("ab") as file:
            for chunk in response.iter_raw():
                have += len(chunk)
                self._check_size(have)
                file.write(chunk)
                if self.progress:
                    self.progress(have, total)
        return "" if have == total or not total else "the connection broke off"

    def _check_room(self, total: int, have: int) -> None:
        self._check_size(total)
        free = shutil.disk_usage(self.partial.path.parent).free
        if total - have + SPARE_DISK > free:
            raise DownloadError(
                f"{self.remote.name} needs {total - have:,} more bytes, but only {free:,} are free "
                f"at {self.partial.path.parent}: make room, then give the same command again"
            )

    def _check_size(self, size: int) -> None:
        if size > self.remote.limit:
            self.partial.discard()
            raise DownloadError(
                f"{self.url} gives more than the {self.remote.limit:,} bytes that "
                f"{self.remote.name} may have: this is not the published file"
            )

    def _check_hash(self) -> None:
        """Discards a file that differs from the hash that its publisher states, if any."""
        if self.remote.sha256:
            kind, stated = "SHA256", self.remote.sha256
        elif self.remote.md5_url:
            kind, stated = "MD5", self._stated_md5(self.remote.md5_url)
        else:
            return
        with self.partial.path.open("rb") as file:
            found = hashlib.file_digest(file, kind.lower()).hexdigest()
        if found != stated:
            self.partial.discard()
            raise DownloadError(
                f"{self.remote.name} from {self.url} has {kind} {found}, its publisher states "
                f"{stated}: discarded; give the same command again"
            )

    def _stated_md5(self, url: str) -> str:
        try:
            with self.client.stream("GET", url) as response:
                response.raise_for_status()
                text = next(response.iter_raw(MD5_FILE_LIMIT), b"").decode("ascii", "replace")
        except (httpx.HTTPError, OSError) as error:
            raise UnavailableError(f"cannot get {url}: {error}") from error
        if not (found := MD5.search(text.lower())):
            raise UnavailableError(f"{url} states no MD5")
        return found[0]


def _validator(response: httpx.Response) -> str | None:
    """A strong ETag or a date; without one a file is never resumed, as it may have changed."""
    tag: str = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
