"""Model files from the Hugging Face hub, downloaded once and checked by the hub's SHA-256."""

import os
import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Annotated

from filelock import FileLock
from pydantic import BaseModel, Field, ValidationError

from home_folder import home
from models.errors import ModelError
from models.local.memory import size_text

if TYPE_CHECKING:
    from fetch import DownloadRetry

HUB = "https://huggingface.co"
ENDPOINT_VARIABLE, OFFLINE_VARIABLE = "HF_ENDPOINT", "HF_HUB_OFFLINE"
NAME = re.compile(r"([\w.-]+/[\w.-]+)/([\w+./-]+\.gguf)", re.ASCII)
LARGEST_LISTING = 16 << 20  # bytes
LONGEST_LICENCE = 60
MOST_COMPARED = 1000  # names of a repository's files
STEPS = 5  # lines that tell how far a download is
REFUSED = (401, 403, 404)  # the hub gives 401 for what does not exist


class _Lfs(BaseModel):
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    size: Annotated[int, Field(ge=0)]


class _File(BaseModel):
    rfilename: str
    lfs: _Lfs | None = None


class _Listing(BaseModel):
    """What the hub says of a repository."""

    sha: Annotated[str, Field(pattern="^[0-9a-f]{40}$")]
    siblings: list[_File]
    tags: list[str] = []

    @property
    def licence(self) -> str:
        """The licence that its owner states."""
        stated = (tag.removeprefix("license:") for tag in self.tags if tag.startswith("license:"))
        return next(stated, "not stated")[:LONGEST_LICENCE]


@dataclass(frozen=True)
class HubFile:
    """A file of a repository on the hub."""

    repository: str
    file: str

    @property
    def path(self) -> Path:
        """Where it is kept on this machine."""
        return home() / "models" / self.repository / self.file

    def fetched(self, retry: "DownloadRetry | None" = None) -> Path:
        """The file on this machine; a download that broke off goes on."""
        if self.path.is_file():
            return self.path
        if os.environ.get(OFFLINE_VARIABLE, "").upper() in ("1", "ON", "YES", "TRUE"):
            raise ModelError(
                f"{self.path} is missing and {OFFLINE_VARIABLE} forbids to download it: unset that "
                f"variable, or {self._by_hand}"
            )
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.path.with_name(f"{self.path.name}.lock")):
                return self.path if self.path.is_file() else self._download(retry)
        except OSError as error:
            raise ModelError(f"cannot write {self.path}: {error.strerror or error}") from error

    def _download(self, retry: "DownloadRetry | None") -> Path:
        from fetch import DEFAULT_RETRY, DownloadError, RemoteFile, UnavailableError, fetch

        listing = self._listing()
        entry = self._entry(listing)
        url = f"{_endpoint()}/{self.repository}/resolve/{listing.sha}/{self.file}"
        remote = RemoteFile(self.path.name, (url,), entry.size, sha256=entry.sha256)
        warnings.warn(
            f"downloading {self.repository}/{self.file}, {size_text(entry.size)}, licence: "
            f"{listing.licence}, to {self.path.parent}",
            stacklevel=2,
        )
        try:
            return fetch(remote, self.path.parent, _told(self.file), retry or DEFAULT_RETRY)
        except UnavailableError as error:
            raise ModelError(
                f"could not download {self.file} ({error}); give the same command again to go on "
                f"where it broke off, or {self._by_hand}"
            ) from error
        except DownloadError as error:
            raise ModelError(str(error)) from error

    def _listing(self) -> _Listing:
        """What the hub says of the repository, with the hashes of its files."""
        import httpx

        url, body = f"{_endpoint()}/api/models/{self.repository}?blobs=true", b""
        try:
            with httpx.stream("GET", url, timeout=30.0, follow_redirects=True) as response:
                if response.status_code in REFUSED:
                    raise ModelError(
                        f"{_endpoint()} has no repository {self.repository!r} that is open to all "
                        f"({response.status_code}): check its name, or {self._by_hand}"
                    )
                response.raise_for_status()
                for chunk in response.iter_bytes():
                    body += chunk
                    if len(body) > LARGEST_LISTING:
                        raise ModelError(f"{url} gives no end: is {ENDPOINT_VARIABLE} right?")
            return _Listing.model_validate_json(body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise ModelError(
                f"the hub {_endpoint()} cannot be asked ({error or type(error).__name__}): check "
                f"the network and {ENDPOINT_VARIABLE}, or {self._by_hand}"
            ) from error
        except ValidationError as error:
            raise ModelError(
                f"{url} is no answer of a Hugging Face hub: is {ENDPOINT_VARIABLE} right?"
            ) from error

    def _entry(self, listing: _Listing) -> _Lfs:
        """The size and hash of the file."""
        files = {file.rfilename: file.lfs for file in listing.siblings}
        if self.file not in files:
            known = sorted(name for name in files if name.endswith(".gguf"))
            close = get_close_matches(self.file, known[:MOST_COMPARED], n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"it has {', '.join(known[:20])}"
            raise ModelError(f"{self.repository!r} has no file {self.file!r}: {hint}")
        if (entry := files[self.file]) is None:
            raise ModelError(
                f"the hub states no SHA-256 for {self.repository}/{self.file}: {self._by_hand}"
            )
        return entry

    @property
    def _by_hand(self) -> str:
        return "get the file by hand and name it as local:PATH"


def hub_file(text: str) -> HubFile | None:
    """The file that OWNER/REPO/FILE.gguf names; None for a text of another form."""
    found = NAME.fullmatch(text)
    if not found or {".", ".."} & set(text.split("/")) or "//" in text:
        return None
    return HubFile(found[1], str(PurePosixPath(found[2])))


def _endpoint() -> str:
    return (os.environ.get(ENDPOINT_VARIABLE) or HUB).rstrip("/")


def _told(name: str) -> Callable[[int, int], None]:
    """Says a few times how far a download is."""
    said = 0

    def progress(done: int, total: int) -> None:
        nonlocal said
        step = STEPS * done // total if total else 0
        if said < step < STEPS:
            said = step
            warnings.warn(f"{name}: {100 * step // STEPS} % of {size_text(total)}", stacklevel=2)

    return progress
