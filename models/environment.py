"""Numbers that the environment may set."""

import math
import os

from models.errors import ModelError


def positive(variable: str, otherwise: float) -> float:
    """The number that a variable holds, or another where it is not set."""
    text = os.environ.get(variable, "").strip()
    if not text:
        return otherwise
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not 0 < number < math.inf:
        raise ModelError(f"{variable} must be a number above 0, not {text!r}")
    return number
