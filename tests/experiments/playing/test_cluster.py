"""Runs that a Dask cluster plays, over TLS on loopback: killed workers, gone schedulers."""

import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.experiments.tiny_runs import calls, compare, journals, records, summary
from tests.system.processes import PATIENCE, ROOT, environment, free_port

distributed = pytest.importorskip("distributed")
pytestmark = pytest.mark.system

CHOSEN = ("--arms", "billp", "--seeds", "1", "--evaluate", "both")
LONG = 4 * PATIENCE  # several programs start
TLS = "DASK_DISTRIBUTED__COMM__TLS__"


class TlsCluster:
    """A scheduler and its workers, with certificates made for them."""

    def __init__(self, folder: Path, processes: ExitStack) -> None:
        self.address = f"tls://127.0.0.1:{free_port()}"
        self._folder, self._processes = folder, processes
        self.env = {**environment(folder / "home"), **certificates(folder)}
        self.env["DASK_DISTRIBUTED__WORKER__PROFILE__ENABLED"] = "False"
        port = self.address.rpartition(":")[2]
        self.scheduler = self._start(
            "scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", port
        )

    def add_worker(self) -> "subprocess.Popen[bytes]":
        return self._start("worker", self.address, "--nthreads", "1", "--no-nanny")

    def run(self, folder: Path, *options: str) -> "subprocess.Popen[str]":
        """A small run, by workers of this cluster."""
        sizes = ("--train-episodes", "4", "--episodes", "3", "--batch", "2", "--rounds", "4")
        command = ("compare", "--world", "demo", *CHOSEN, *sizes, "--no-report")
        where = ("--out", str(folder), "--scheduler", self.address)
        return subprocess.Popen(
            [sys.executable, "-m", "experiments.cli", *command, *where, *options],
            cwd=ROOT,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def _start(self, kind: str, *options: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *options]
        with (self._folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [*command, "--no-dashboard"], cwd=ROOT, env=self.env, stdout=log, stderr=log
            )
        self._processes.callback(process.wait)
        self._processes.callback(process.kill)
        return process


def certificates(folder: Path) -> dict[str, str]:
    """An authority of its own, and where Dask finds what it has signed."""
    made = distributed.Security.temporary()
    parts = {"ca": made.tls_ca_file, "cert": made.tls_client_cert, "key": made.tls_client_key}
    env = dict[str, str]()
    for name, text in parts.items():
        (folder / f"{name}.pem").write_text(text)
    env[f"{TLS}CA_FILE"] = str(folder / "ca.pem")
    for role in ("CLIENT", "SCHEDULER", "WORKER"):
        env[f"{TLS}{role}__CERT"] = str(folder / "cert.pem")
        env[f"{TLS}{role}__KEY"] = str(folder / "key.pem")
    return env


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[TlsCluster]:
    with ExitStack() as processes:
        yield TlsCluster(tmp_path, processes)


def is_asking(run: "subprocess.Popen[str]", folder: Path) -> None:
    """Waits until a run has made some chat calls."""
    deadline = time.monotonic() + LONG
    while not (folder / "calls.csv").exists() or len(calls(folder)) < 20:
        assert run.poll() is None, run.communicate()[0]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def refused(run: "subprocess.Popen[str]") -> str:
    said, _ = run.communicate(timeout=LONG)
    assert run.returncode == 2, said
    assert "Traceback" not in said
    return said


def test_nothing_changes_where_workers_are_killed_or_the_scheduler_is_gone(
    tmp_path: Path, cluster: TlsCluster
) -> None:
    victim, _ = cluster.add_worker(), cluster.add_worker()
    killed, stopped, alone = (tmp_path / name for name in ("killed", "stopped", "alone"))
    run = cluster.run(killed)
    is_asking(run, killed)
    victim.kill()
    said, _ = run.communicate(timeout=LONG)
    assert run.returncode == 0, said
    assert re.search(r"Dask worker tls://\S+ was lost", said)

    (tmp_path / "stranger").mkdir()
    own, cluster.env = cluster.env, cluster.env | certificates(tmp_path / "stranger")
    assert f"no Dask scheduler answers at {cluster.address}" in refused(cluster.run(stopped))
    cluster.env = own
    run = cluster.run(stopped)
    is_asking(run, stopped)
    cluster.scheduler.kill()
    assert f"the Dask scheduler at {cluster.address} is gone" in refused(run)

    for folder in (alone, stopped):  # the latter goes on in one process
        assert compare(folder, *CHOSEN).code == 0
    for folder in (killed, stopped):
        assert summary(folder) == summary(alone)
        assert journals(folder) == journals(alone)
        assert len(records(folder, "billp.0")) == len(records(alone, "billp.0"))
