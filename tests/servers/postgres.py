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

ATTEMPTS = 300  # of a tenth of a second
OPTIONS = ("-c", "listen_addresses=", "-c", "fsync=off")


def absent() -> str | None:
    """Why no Postgres can be started here."""
    if _programs() is None:
        return "Postgres is not installed: apt-get install postgresql"
    if os.geteuid() == 0 and _user() is None:
        return "Postgres does not run as root, and there is neither a user postgres nor nobody"
    return None


class PostgresServer:
    """A cluster in a folder, which belongs to the user that Postgres runs as."""

    def __init__(self, folder: Path, options: tuple[str, ...] = OPTIONS) -> None:
        self.folder = folder
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        if user := _user():
            os.chown(folder, user.pw_uid, user.pw_gid)
        made = ("--pgdata", self._data, "--username", "billp", "--auth", "trust")
        self._run("initdb", *made, "--no-sync", "--locale", "C", "--encoding", "UTF8")

    def address(self, database: str = "postgres") -> str:
        """The address of a database."""
        return f"postgresql://billp@/{database}?host={self.folder}"

    def new_database(self, name: str) -> str:
        """The address of a new database."""
        self._run("createdb", "--host", str(self.folder), "--username", "billp", name)
        return self.address(name)

    def query(self, database: str, sql: str) -> list[str]:
        """The rows that Postgres's own client prints."""
        told = self._run("psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql,
                         self.address(database))  # fmt: skip
        return told.splitlines()

    def start(self) -> None:
        """Starts, and waits until it answers."""
        command = [self._program("postgres"), "-D", self._data, "-k", str(self.folder)]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, *self._options], stdout=log, stderr=log, cwd="/", **_as_user()
            )
        for _ in range(ATTEMPTS):
            ready = [self._program("pg_isready"), "--quiet", "--host", str(self.folder)]
            if subprocess.run(ready, check=False).returncode == 0:
                return
            assert self._process.poll() is None, (self.folder / "log").read_text()
            time.sleep(0.1)
        raise AssertionError("Postgres does not answer")

    def stop(self) -> None:
        """Ends it and its connections at once; it recovers when it is started again."""
        if self._process:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
            self._process = None

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [self._program(program), *arguments],
            capture_output=True, text=True, check=False, cwd="/", **_as_user(),
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _program(self, name: str) -> str:
        programs = _programs()
        assert programs
        return str(programs / name)


@contextmanager
def postgres_server(options: tuple[str, ...] = OPTIONS) -> Iterator[PostgresServer]:
    """A server as long as it is needed, in a folder of /tmp: socket addresses have to be short."""
    folder = Path(tempfile.mkdtemp(prefix="billp-postgres-", dir="/tmp"))
    try:
        server = PostgresServer(folder, options)
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


def _as_user() -> dict[str, int | list[int]]:
    user = _user()
    if user is None:
        return {}
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
