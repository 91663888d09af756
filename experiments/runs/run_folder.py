"""A run's folder: what was asked for, its cells, and a lock."""

from dataclasses import replace
from pathlib import Path

from filelock import Timeout

import durable
from experiments.errors import RunError
from experiments.runs.cell import Cell, cell_of
from experiments.runs.differences import setting_differences
from experiments.runs.extension import EXTENDABLE, extended
from experiments.runs.files import OutputError
from experiments.runs.places import LOCK, RUN, check_free
from experiments.runs.run_file import RunFile, read_run, write_run

GLANCED_AT = 0.5  # seconds; who looks whether a run is played holds its lock for a moment


class RunFolder:
    """Locks a folder for one process; giving the same command again resumes its run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        check_free(folder)
        self._lock = durable.Lock(folder / LOCK, GLANCED_AT)
        try:
            durable.make_folder(folder)
            self._lock.acquire()
        except Timeout as error:
            raise RunError(
                f"run folder {folder} is in use by another process: wait for it, "
                "or name another folder with --out"
            ) from error
        except OSError as error:
            raise OutputError(
                f"cannot write to {folder} ({error.strerror}): name another folder with --out"
            ) from error

    def begin(self, run: RunFile) -> RunFile:
        """Writes what is asked for, or checks that it was asked for before or extends that.

        Prices are those of the last sitting, as unknown ones may have become known; the prices of
        models that this sitting does not use are kept.
        """
        if not (self.folder / RUN).exists():
            write_run(self.folder, run)
            return run
        before = read_run(self.folder)
        grown = replace(before, settings=extended(before.settings, run.settings))
        if found := setting_differences(grown, run):
            raise RunError(
                f"{self.folder} was begun with other settings: {'; '.join(found)}; "
                f"name a new folder with --out, or ask for the same again ({EXTENDABLE})"
            )
        resumed = replace(grown, models=run.models, prices={**before.prices, **run.prices})
        if resumed != before:
            write_run(self.folder, resumed)
        return resumed

    def cell(self, name: str, seed: int) -> Cell:
        """The cell of a variant's folder name and a seed."""
        return cell_of(self.folder, name, seed)

    def check_lock(self) -> None:
        """Raises once another process can use the folder too."""
        if self._lock.lost:
            raise RunError(
                f"run folder {self.folder}: its file {LOCK!r} was deleted while it was in use, so "
                "another process may play there too: let one alone go on, by the same command"
            )

    def close(self) -> None:
        """Releases the lock."""
        self._lock.release()
