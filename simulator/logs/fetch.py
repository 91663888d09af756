"""Fetches one published file: resumed where it broke off, bounded, and checked."""

import re
import shutil
import time
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from simulator.errors import WorldError
from simulator.logs.digest import AGENT, Unavailable, check_md5
from simulator.logs.partial import Partial
from simulator.logs.progress import Progress
from simulator.logs.sources import Remote

CHUNK = 1 << 18
SPARE_DISK = 100 << 20
CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+)")
GONE, WORTH_ANOTHER_TRY = (404, 410), (408, 429)


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, and how many tries may bring nothing new."""

    timeout: float = 30.0
    tries: int = 4
    pause: float = 2.0


DEFAULT_PATIENCE = Patience()


def fetch(
    remote: Remote,
    folder: Path,
    progress: Progress | None = None,
    patience: Patience = DEFAULT_PATIENCE,
) -> Path:
    """The file in the folder, from the first address that has it; called again, it goes on."""
    partial = Partial(folder / remote.name)
    if partial.target.is_file():
        return partial.target
    reasons = []
    for url in sorted(remote.urls, key=lambda url: partial.validator(url) is None):
        try:
            return _Fetch(remote, url, partial, progress, patience).run()
        except Unavailable as error:
            reasons.append(f"{url}: {error}")
            if partial.validator(url):
                break  # another address would start anew what this one can go on with
    raise Unavailable("; ".join(reasons))


@dataclass(frozen=True)
class _Fetch:
    """One file from one address."""

    remote: Remote
    url: str
    partial: Partial
    progress: Progress | None
    patience: Patience

    def run(self) -> Path:
        """Asks until the file is whole."""
        reason, fruitless = "", 0
        while fruitless < self.patience.tries:
            before = self.partial.size
            if (reason := self._try()) == "":
                check_md5(self.remote, self.url, self.partial.path, self.patience.timeout)
                return self.partial.finish()
            if self.partial.size <= before:
                fruitless += 1
                time.sleep(self.patience.pause)
        raise Unavailable(reason)

    def _try(self) -> str:
        """Why the file is not whole yet; nothing when it is."""
        try:
            return "" if self._ask() else "the connection broke off"
        except HTTPError as error:
            error.close()
            if error.code in GONE:
                self.partial.discard()
            if error.code < 500 and error.code not in WORTH_ANOTHER_TRY:
                raise Unavailable(f"{error.code} {error.reason}") from error
            return f"{error.code} {error.reason}"
        except (OSError, HTTPException) as error:
            return str(getattr(error, "reason", error)) or type(error).__name__

    def _ask(self) -> bool:
        """One request for what is not here yet; whether the file is whole afterwards."""
        have, tag = self.partial.size, self.partial.validator(self.url)
        resuming = {"Range": f"bytes={have}-", "If-Range": tag} if tag else {}
        request = Request(self.url, headers=AGENT | resuming)
        try:
            with urlopen(request, timeout=self.patience.timeout) as response:
                return self._receive(response, have)
        except HTTPError as error:
            if error.code != 416:
                raise
            error.close()
            whole = error.headers.get("Content-Range") == f"bytes */{have}"
            if not whole:
                self.partial.discard()
            return whole

    def _receive(self, response: HTTPResponse, have: int) -> bool:
        if response.status == 206:
            span = CONTENT_RANGE.match(response.headers.get("Content-Range", ""))
            if not span or int(span[1]) != have:
                self.partial.discard()
                return False
            total: int | None = int(span[2])
        else:
            total, have = response.length, 0
            self.partial.begin(self.url, _validator(response))
        self._check_room(total or 0, have)
        with self.partial.path.open("ab") as file:
            while chunk := response.read1(CHUNK):
                have += len(chunk)
                self._check_size(have)
                file.write(chunk)
                if self.progress:
                    self.progress(have, total or 0)
        return total is None or have == total

    def _check_room(self, total: int, have: int) -> None:
        self._check_size(total)
        free = shutil.disk_usage(self.partial.path.parent).free
        if total - have + SPARE_DISK > free:
            raise WorldError(
                f"{self.remote.name} needs {total - have:,} more bytes, but only {free:,} are free "
                f"at {self.partial.path.parent}: make room, then give the same command again"
            )

    def _check_size(self, size: int) -> None:
        if size > self.remote.limit:
            self.partial.discard()
            raise WorldError(
                f"{self.url} gives more than the {self.remote.limit:,} bytes that "
                f"{self.remote.name} may have: this is not the published file"
            )


def _validator(response: HTTPResponse) -> str | None:
    """A strong tag or a date; without one a file is never resumed, as it may have changed."""
    tag = response.headers.get("ETag", "")
    return tag if tag.startswith('"') else response.headers.get("Last-Modified")
