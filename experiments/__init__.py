"""The experiments: runs, figures and pages on top of the graphs, from commands or from Python."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from experiments.api import RunResult, compare, evaluate, open_run, train

__all__ = ["RunResult", "compare", "evaluate", "open_run", "train"]


def __getattr__(name: str) -> Any:
    """Loads what a run needs when it is first asked for: commands print their help without it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from experiments import api

    return getattr(api, name)
