"""Benchmarks are programs of their own: what they set for themselves goes with the test."""

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest


@pytest.fixture(autouse=True)
def environment_restored() -> Iterator[None]:
    """The variables of the environment are after the test what they were before it."""
    with patch.dict(os.environ):
        yield
