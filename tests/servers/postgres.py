"""A Postgres server for tests, on a socket of its own, to be stopped and started again."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ATTEMPTS = 300  # of a tenth of a second
OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off")  # asked on its socket alone


def absent() -> str | None:
    """Why no Postgres can be started here."""
    if _programs() is None:
        return "Postgres is not installed: apt-get install postgresql"
    if os.geteuid() == 0 and _user() is None:
        return "Postgres does not run as root, and there is neither a user postgres nor nobody"
    return None


class PostgresServer:
    """A cluster in a folder, which belongs to the user that Postgres runs as."""

    def __init__(self, folder: Path, options: tuple[str, ...] = OPTIONS, port: int = 5432) -> None:
        self.folder = folder
        self._port = port
        self._options = (*options, "-p", str(port))
        self._process: subprocess.Popen[bytes] | None = None
        if user := _user():
            os.chown(folder, user.pw_uid, user.pw_gid)
        trust = ("--auth-local", "trust", "--auth-host", "scram-sha-256", "--no-sync")
        made = (
            "--pgdata",
            self._data,
            "--username",
            "billp",
            "--locale",
            "C",
            "--encoding",
            "UTF8",
        )
        self._run("initdb", *made, *trust)

    def address(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://billp@/{database}?host={self.folder}&port={self._port}"

    def new_database(self, name: str) -> str:
        """The address of a new database."""
        self.query("postgres", f"CREATE DATABASE {name}")
        return self.address(name)

    def query(self, database: str, sql: str) -> list[str]:
        """The rows that Postgres's own client prints."""
        plain = ("--no-psqlrc", "--tuples-only", "--no-align")
        return self._run("psql", *plain, "--command", sql, self.address(database)).splitlines()

    def start(self) -> None:
        """Starts, and waits until it answers."""
        command = [self.program("postgres"), "-D", self._data, "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options], stdout=log, stderr=log, cwd="/", **_as_user()
            )
        for _ in range(ATTEMPTS):
            ready = [self.program("pg_isready"), "--quiet", "--dbname", self.address()]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError("Postgres does not answer")

    @property
    def process_id(self) -> int:
        """That of the process from which the others stem."""
        assert self._process
        return self._process.pid

    def stop(self) -> None:
        """Ends it and its connections at once; it recovers when it is started again."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self.program(program), *arguments],
            capture_output=True, text=True, check=False, cwd="/", **_as_user(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return str(done.stdout)

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def program(self, name: str) -> str:
        """The path of one of Postgres's programs."""
        programs = _programs()
        assert programs
        return str(programs / name)


@contextmanager
def postgres_server(
    options: tuple[str, ...] = OPTIONS, port: int = 5432
) -> Iterator[PostgresServer]:
    """A server as long as it is needed, in a folder of /tmp: socket addresses have to be short."""
    folder = Path(tempfile.mkdtemp(prefix="billp-postgres-", dir="/tmp"))
    try:
        server = PostgresServer(folder, options, port)
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path | None:
    """The folder of Postgres's programs; Debian keeps them off the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    on_path = shutil.which("initdb")
    if not found and on_path:
        found = [Path(on_path).resolve()]
    return found[-1].parent if found else None


def _user() -> pwd.struct_passwd | None:
    """Whom Postgres runs as, where this process is root."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    return None


def _as_user() -> dict[str, Any]:
    user = _user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
