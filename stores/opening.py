"""Opening a Chroma: in this process, on disk or in memory, or on a server."""

import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stores.errors import StoreError, first_line
from stores.index import Index

if TYPE_CHECKING:
    from chromadb.api import ClientAPI


def embedded(folder: Path, namespace: str, embedding: str) -> Index:
    """Chroma in this process, on disk."""
    import chromadb

    def connect() -> "ClientAPI":
        return chromadb.PersistentClient(str(folder), settings=_settings())

    return Index(connect(), namespace, embedding, reopen=connect)


def in_memory(embedding: str) -> Index:
    """Chroma in memory, isolated from every other index."""
    import chromadb

    client = chromadb.EphemeralClient(settings=_settings())
    return Index(client, f"run-{uuid.uuid4().hex}", embedding, temporary=True)


def server(host: str, port: int, namespace: str, embedding: str) -> Index:
    """A Chroma server, for several processes or machines."""
    import chromadb

    start = f"start one with `chroma run --host {host} --port {port}`"
    try:
        client = chromadb.HttpClient(host=host, port=port, settings=_settings())
        lost = (
            f"the Chroma server at {host}:{port} went away: {start}, on the folder that it had "
            "(--path), then go on; what was committed before is there"
        )
        return Index(client, namespace, embedding, if_lost=lost)
    except (ValueError, OSError) as error:
        raise StoreError(
            f"no Chroma server at {host}:{port} ({first_line(error)}): {start}"
        ) from error


def _settings() -> Any:
    from chromadb.config import Settings

    return Settings(anonymized_telemetry=False)
