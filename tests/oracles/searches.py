"""Largest log-likelihoods by an independent optimiser, from starts at random."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from scipy.optimize import minimize

from custbase import (
    BetaGeoModel,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    ShiftedBetaGeoModel,
)
from custbase.btyd import _shifted_beta_geo_model
from custbase.btyd._gamma_gamma_model import FLOOR
from custbase.btyd._maximum_likelihood import Likelihood
from custbase.btyd._rows import collapse
from tests.oracles.histories import Drawn

ESTIMATORS = {
    "beta_geo": BetaGeoModel,
    "modified_beta_geo": ModifiedBetaGeoModel,
    "pareto_nbd": ParetoNBDModel,
    "gamma_gamma": GammaGammaModel,
    "shifted_beta_geo": ShiftedBetaGeoModel,
}
# Parameters are searched between these, in their units, but for one of the Pareto/NBD model.
BOUNDS, LOWEST_BETA = (np.log(1e-7), np.log(1e7)), np.log(1e-100)


def find_best(model: str, drawn: Drawn, n_starts: int = 20) -> float:
    """Best log-likelihood of searches from random starts, and of the true parameters.

    Parameters
    ----------
    model : str
        A key of `ESTIMATORS`.
    drawn : Drawn
        Customers.
    n_starts : int, default=20
        Number of searches.

    Returns
    -------
    float
        Of all customers, each as often as its weight.
    """
    unit, floor = list_scales(model, drawn)
    total, rng = drawn.weights.sum(), np.random.default_rng(n_starts)
    bounds = [BOUNDS] * len(unit)
    if model == "pareto_nbd":
        bounds[3] = LOWEST_BETA, BOUNDS[1]
    with open_likelihood(model, drawn) as likelihood:

        def measure(logs):
            above = np.exp(logs)
            value, first, _ = likelihood(unit * (floor + above))
            return -value / total, -first * unit * above / total

        found = [
            minimize(measure, logs, jac=True, method="L-BFGS-B", bounds=bounds).fun
            for logs in rng.uniform(-4, 4, (n_starts, len(unit)))
        ]
        values = [-total * min(found)]
        if drawn.truth is not None:
            values.append(likelihood(drawn.truth).value)
    return max(values)


def list_scales(model: str, drawn: Drawn) -> tuple[np.ndarray, np.ndarray]:
    """Units of the parameters, and what they are larger than."""
    if model == "gamma_gamma":
        mean = float(np.average(drawn.X[:, 1], weights=drawn.weights))
        return np.array([1.0, 1.0, mean]), FLOOR
    if model == "shifted_beta_geo":
        return np.ones(2), np.zeros(2)
    longest = drawn.X[:, 2].max()
    return np.array([1.0, longest, 1.0, longest if model == "pareto_nbd" else 1.0]), np.zeros(4)


@contextmanager
def open_likelihood(model: str, drawn: Drawn) -> Iterator[Likelihood]:
    """Log-likelihood of customers by parameters in their own units."""
    if model == "shifted_beta_geo":
        yield _shifted_beta_geo_model.make_likelihood(
            drawn.X[:, 0], drawn.y.astype(bool), drawn.weights
        )
        return
    with ESTIMATORS[model](n_jobs=1)._open_likelihood(collapse(drawn.X, drawn.weights)) as found:
        yield found
