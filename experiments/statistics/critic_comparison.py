"""Ways to value a state beside its Monte Carlo mean: their bias and mean squared error."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from experiments.statistics.figures import EstimatorFigures, StudiedMoment
from experiments.statistics.intervals import Floats, mean

Errors = Callable[[StudiedMoment], Floats | None]


def compare_estimators(states: Sequence[StudiedMoment]) -> list[EstimatorFigures]:
    """The reply alone, the memory's mean, V(s), and one return, as far as a study has them.

    Errors are those of single draws, averaged by state; intervals are over states.
    """
    found = []
    for name, errors_of in ESTIMATORS.items():
        errors = [made for state in states if (made := errors_of(state)) is not None and made.size]
        if not errors:
            continue
        numbers = np.arange(len(errors))
        bias = mean(np.array([one.mean() for one in errors]), numbers)
        mse = mean(np.array([(one**2).mean() for one in errors]), numbers)
        found.append(
            EstimatorFigures(
                estimator=name,
                states=len(errors),
                bias=bias.mean,
                bias_low=bias.low,
                bias_high=bias.high,
                mse=mse.mean,
                mse_low=mse.low,
                mse_high=mse.high,
            )
        )
    return found


def reference_variance(states: Sequence[StudiedMoment]) -> float | None:
    """The mean variance of the Monte Carlo means themselves, a part of every squared error."""
    known = [
        np.var(state.returns, ddof=1) / len(state.returns)
        for state in states
        if len(state.returns) > 1
    ]
    return float(np.mean(known)) if known else None


def _less_mean(values: Sequence[float] | None, state: StudiedMoment) -> Floats | None:
    return None if not values else np.array(values, float) - np.mean(state.returns)


def _one_return(state: StudiedMoment) -> Floats | None:
    """Each return less the mean of all others, so that none is measured by itself."""
    returns = np.array(state.returns, float)
    if len(returns) < 2:
        return None
    others: Floats = (returns.sum() - returns) / (len(returns) - 1)
    return returns - others


ESTIMATORS: Mapping[str, Errors] = {
    "reply alone": lambda state: _less_mean(state.replies, state),
    "memory alone": lambda state: _less_mean(state.recalled, state),
    "V(s)": lambda state: _less_mean(state.estimates, state),
    "one return": _one_return,
}
