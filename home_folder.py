"""Where this project keeps what it writes."""

import os
from pathlib import Path

HOME_VARIABLE = "BILLP_HOME"


def home() -> Path:
    """The folder for everything that this project writes."""
    return Path(os.environ.get(HOME_VARIABLE) or ".billp").absolute()
