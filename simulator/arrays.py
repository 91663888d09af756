"""The array types of the simulator."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.integer[Any]]  # numbers of users, of items, or of rows
IndexList = Sequence[int] | Indices
Flags = NDArray[np.bool_]
Vectors = NDArray[np.float32]  # a row per item
Ratings = NDArray[np.float32]
