"""The paper's own figures (its Tables 3, 5 and 6), to stand beside those of a run."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple


class Published(NamedTuple):
    """A printed mean and what follows its ± sign."""

    mean: float
    spread: float


class Figures(NamedTuple):
    """A line of a table of the paper."""

    label: str
    len: Published
    r_each: Published
    r_traj: Published


def _line(label: str, *numbers: float) -> Figures:
    means = [Published(*pair) for pair in zip(numbers[::2], numbers[1::2], strict=True)]
    return Figures(label, *means)


WINDOW = 4
PAPER_MODEL = "gpt-3.5-turbo-16k"

STEAM: Mapping[str, Figures] = {
    "sqn": _line("SQN", 2.183, 0.177, 3.130, 0.050, 6.837, 0.517),
    "crr": _line("CRR", 4.407, 0.088, 3.263, 0.427, 14.377, 1.658),
    "bcq": _line("BCQ", 4.720, 0.343, 3.997, 0.068, 18.873, 1.092),
    "cql": _line("CQL", 5.853, 0.232, 3.743, 0.147, 21.907, 0.299),
    "dqn": _line("DQN", 4.543, 0.693, 4.500, 0.069, 20.523, 3.618),
    "a2c": _line("A2C", 9.647, 0.848, 4.367, 0.069, 42.180, 3.937),
    "dorl": _line("DORL", 9.467, 0.862, 4.033, 0.098, 38.300, 4.173),
    "act-only": _line("ActOnly", 5.567, 0.160, 4.537, 0.021, 25.250, 0.637),
    "react": _line("ReAct", 11.630, 0.741, 4.559, 0.047, 52.990, 2.925),
    "reflexion": _line("Reflexion", 12.690, 1.976, 4.523, 0.026, 57.423, 8.734),
    "billp": _line("BiLLP", 15.367, 0.119, 4.503, 0.069, 69.193, 1.590),
    "billp-no-macro": _line("w/o Macro", 14.363, 0.467, 4.523, 0.012, 64.960, 2.011),
    "billp-no-micro": _line("w/o Micro", 14.270, 0.190, 4.535, 0.005, 64.720, 0.920),
    "billp gpt-4": _line("BiLLP, GPT-4-32k", 25.400, 2.800, 4.635, 0.115, 118.235, 15.915),
    "billp llama-2": _line("BiLLP, Llama-2-7B", 13.800, 1.105, 4.610, 0.065, 63.767, 6.015),
}
AMAZON: Mapping[str, Figures] = {
    "sqn": _line("SQN", 4.773, 0.059, 4.303, 0.017, 20.570, 0.245),
    "crr": _line("CRR", 3.923, 0.162, 4.537, 0.103, 17.833, 1.129),
    "bcq": _line("BCQ", 4.847, 0.721, 4.367, 0.053, 21.150, 2.893),
    "cql": _line("CQL", 2.280, 0.185, 4.497, 0.039, 10.263, 0.882),
    "dqn": _line("DQN", 4.647, 0.498, 4.290, 0.083, 19.923, 1.909),
    "a2c": _line("A2C", 7.873, 0.310, 4.497, 0.026, 35.437, 1.453),
    "dorl": _line("DORL", 7.507, 0.174, 4.510, 0.014, 33.887, 0.655),
    "act-only": _line("ActOnly", 6.383, 0.176, 4.490, 0.008, 28.660, 0.761),
    "react": _line("ReAct", 7.733, 0.450, 4.603, 0.033, 35.603, 1.806),
    "reflexion": _line("Reflexion", 8.700, 0.535, 4.670, 0.073, 40.670, 2.954),
    "billp": _line("BiLLP", 9.413, 0.190, 4.507, 0.012, 42.443, 0.817),
    "billp-no-macro": _line("w/o Macro", 8.947, 0.480, 4.530, 0.057, 40.547, 2.622),
    "billp-no-micro": _line("w/o Micro", 8.800, 0.432, 4.707, 0.026, 41.420, 2.003),
    "billp gpt-4": _line("BiLLP, GPT-4-32k", 12.450, 1.250, 4.580, 0.070, 57.180, 6.570),
    "billp llama-2": _line("BiLLP, Llama-2-7B", 8.100, 1.512, 4.603, 0.054, 37.300, 6.895),
}
WORLDS: Mapping[str, Mapping[str, Figures]] = {"steam": STEAM, "amazon-book": AMAZON}
OTHER_MODELS = {
    "gpt-4": re.compile(r"\bgpt-4(-32k)?(-\d{4})?$"),
    "llama-2": re.compile(r"\bllama-2-7b\b"),
}


def published(world: str, variant: Mapping[str, Any]) -> Figures | None:
    """What the paper printed for a variant's method, in the world of that name."""
    figures = WORLDS.get(world)
    if figures is None or (variant.get("changes") or {}).get("window", WINDOW) != WINDOW:
        return None
    method, model = str(variant.get("method")), str(variant.get("model")).lower()
    for other, named in OTHER_MODELS.items():
        if named.search(model) and f"{method} {other}" in figures:
            return figures[f"{method} {other}"]
    return figures.get(method)
