"""A Postgres server for the tests of this folder, and a database for each."""

from collections.abc import Iterator
from itertools import count

import pytest

from tests.servers.postgres import PostgresServer, absent, postgres_server

NUMBERS = count(1)


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A server that runs."""
    if reason := absent():
        pytest.skip(reason)
    with postgres_server() as server:
        yield server


@pytest.fixture
def database(postgres: PostgresServer) -> str:
    """The name of a database without tables."""
    name = f"threads_{next(NUMBERS)}"
    postgres.new_database(name)
    return name


@pytest.fixture
def address(postgres: PostgresServer, database: str) -> str:
    """The address of this database."""
    return postgres.address(database)
