"""A kill while a report is written leaves whole files, and the next report writes the others."""

import multiprocessing
import os
import shutil
import signal
from pathlib import Path
from typing import Any

from experiments.report import write_report

KILLS = (1, 2, 9)  # before the n-th file takes its place


def report_and_die(run: Path, nth: int) -> None:
    left, replace = nth, os.replace

    def mortal(*places: Any) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        replace(*places)

    os.replace = mortal
    write_report(run)


def contents(run: Path) -> dict[str, bytes]:
    written = [run / "report.html", *(run / "csv").glob("*.csv")]
    return {path.name: path.read_bytes() for path in written if path.exists()}


def test_a_report_that_was_killed_is_whole_or_not_there_and_is_written_again(
    run: Path, tmp_path: Path
) -> None:
    whole = contents(run)
    left_out = shutil.ignore_patterns("report.html", "csv")
    killed = Path(shutil.copytree(run, tmp_path / "run", ignore=left_out))
    assert len(whole) >= max(KILLS)
    for nth in KILLS:
        child = multiprocessing.get_context("fork").Process(
            target=report_and_die, args=(killed, nth)
        )
        child.start()
        child.join()
        assert child.exitcode == -signal.SIGKILL
        left = contents(killed)
        assert len(left) == nth - 1  # kills come later and later
        assert left == {name: whole[name] for name in left}
    write_report(killed)
    assert contents(killed) == whole
