"""The episodes of a run for a request, which does not wait for as many as one likes."""

import stat
from pathlib import Path

from experiments.errors import RunError
from experiments.runs.cell import cell_of
from experiments.runs.run_file import RunFile
from experiments.statistics.episodes import Episode, read_episodes

MOST_READ = 1 << 28  # bytes of records


def read_for_page(folder: Path, run: RunFile) -> tuple[list[Episode], int]:
    """The episodes, and how many lines cannot be read; too many bytes are refused."""
    size = 0
    for variant in run.settings.variants:
        for seed in run.settings.seeds:
            size += _size(cell_of(folder, variant.folder, seed).episodes)
    if size > MOST_READ:
        raise RunError(
            f"its records have {size / 1e6:,.0f} MB, too many to be read for a page: "
            f"`billp report {folder.name}` makes its report"
        )
    damaged = list[RunError]()
    return read_episodes(folder, run, damaged.append), len(damaged)


def _size(path: Path) -> int:
    """The bytes of a file of records; links and pipes are none of a run."""
    try:
        state = path.lstat()
    except FileNotFoundError:
        return 0
    except OSError as error:
        raise RunError(f"its records cannot be read ({error.strerror})") from error
    if not stat.S_ISREG(state.st_mode):
        raise RunError(f"{path.parent.name}/{path.name} is no file: no run wrote it")
    return state.st_size
