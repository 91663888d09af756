"""A run's folder: what was asked for, its cells, and a lock."""

from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from filelock import FileLock, Timeout

from experiments.errors import RunError
from experiments.runs.cell import Cell, cell_of
from experiments.runs.files import OutputError
from experiments.runs.run_file import RUN, RunFile, read_run, write_run
from experiments.runs.settings_diff import setting_differences

LOCK = "lock"
BEFORE_A_RUN = (LOCK, f"{RUN}*.partial")  # a run that was killed as it began left these


class RunFolder:
    """Locks a folder for one process; giving the same command again resumes its run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        _check_free(folder)
        self._lock = self._claim()

    def begin(self, run: RunFile) -> RunFile:
        """Writes what is asked for, or checks that it was asked for before.

        Prices are those of the last sitting, as unknown ones may have become known; the prices of
        models that this sitting does not use are kept.
        """
        if not (self.folder / RUN).exists():
            write_run(self.folder, run)
            return run
        before = read_run(self.folder)
        if found := setting_differences(before, run):
            raise RunError(
                f"{self.folder} was begun with other settings: {'; '.join(found)}; "
                "name a new folder with --out, or ask for the same again"
            )
        resumed = replace(before, models=run.models, prices={**before.prices, **run.prices})
        if resumed != before:
            write_run(self.folder, resumed)
        return resumed

    def cell(self, name: str, seed: int) -> Cell:
        """The cell of a variant's folder name and a seed."""
        return cell_of(self.folder, name, seed)

    def close(self) -> None:
        """Releases the lock."""
        self._lock.release()

    def _claim(self) -> FileLock:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.folder / LOCK, timeout=0, thread_local=False)
            lock.acquire()
        except Timeout as error:
            raise RunError(
                f"run folder {self.folder} is in use by another process: wait for it, "
                "or name another folder with --out"
            ) from error
        except OSError as error:
            raise OutputError(
                f"cannot write to {self.folder} ({error.strerror}): name another folder with --out"
            ) from error
        return lock


def _check_free(folder: Path) -> None:
    """Refuses a folder with other files before anything is written to it."""
    if not folder.is_dir() or (folder / RUN).exists():
        return
    for entry in folder.iterdir():
        if not any(fnmatch(entry.name, pattern) for pattern in BEFORE_A_RUN):
            raise RunError(f"{folder} holds other files: name a new folder with --out")
