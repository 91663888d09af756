"""Where this project keeps what it writes."""

import os
from contextlib import suppress
from pathlib import Path

HOME_VARIABLE = "BILLP_HOME"
SAID_BY_USERS = ("memory", "server", "play", "runs", "demo")  # folders of these, in the home


def home() -> Path:
    """The folder for everything that this project writes."""
    return Path(os.environ.get(HOME_VARIABLE) or ".billp").absolute()


def keep_files_private() -> None:
    """Closes to other users what this process will create, and what the home folder has of users.

    For programs of this project: a library does not change the process that imports it.
    """
    os.umask(0o077)
    for name in SAID_BY_USERS:
        with suppress(OSError):  # not there, or another's
            (home() / name).chmod(0o700)
