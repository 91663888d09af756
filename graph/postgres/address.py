"""The address of a database of threads, and how it is told without its password."""

from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

from graph.clients import SettingsError

FORM = "postgresql://USER@HOST:PORT/DATABASE, with the password in PGPASSWORD"


def check_address(address: str) -> str:
    """HOST/DATABASE of an address; raises `SettingsError`, which repeats nothing of it."""
    if urlsplit(address).scheme not in ("postgresql", "postgres"):
        raise SettingsError(f"the address of threads in Postgres must be {FORM}")
    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError:  # whose text may hold the password
        raise SettingsError(f"the address of threads in Postgres cannot be read: {FORM}") from None
    host = str(parts.get("host") or "this machine")
    if "@" in host:
        raise SettingsError(
            "the address of threads in Postgres has two @: write the one of a user or a password "
            "as %40, or give the password in PGPASSWORD"
        )
    return f"{host}/{parts.get('dbname') or parts.get('user') or ''}".rstrip("/")
