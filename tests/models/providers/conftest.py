"""A server that speaks the protocols of providers."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from models import ChatCall, Ledger, ModelSpec
from models.providers.connect import connect_foreign
from models.retry import retry_policy
from tests.models.conftest import failing
from tests.servers.provider_server import ProviderServer

__all__ = ["failing"]


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[ProviderServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with ProviderServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def hurried(spec: ModelSpec, ledger: Ledger | None = None, **changes: Any) -> ChatCall:
    """The model with shorter pauses, and no more time than it is given."""
    kind, _, name = spec.name.partition(":")
    quick = {"first_pause": 0.01, "longest_pause": 0.05, "in_all_at_least": 0.0, **changes}
    return connect_foreign(kind, name, spec, ledger, replace(retry_policy(), **quick))
