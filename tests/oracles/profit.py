"""Profit of a campaign by trying every cut, integrals by quadrature."""

from __future__ import annotations

import numpy as np
from scipy.integrate import quad
from scipy.stats import beta as beta_distribution


def cuts(hits, scores, weights):
    """Shares of all weight of the positives and the negatives from each distinct score up."""
    found = [(0.0, 0.0)]
    for score in sorted(set(scores), reverse=True):
        chosen = scores >= score
        found.append(
            (
                weights[chosen & hits].sum() / weights.sum(),
                weights[chosen & ~hits].sum() / weights.sum(),
            )
        )
    return np.array(found)


def profits(table, share, value, incentive, contact):
    """Profit of every cut if a share accepts."""
    gain = share * (value - incentive) - contact
    return table[:, 0] * gain - table[:, 1] * (incentive + contact)


def expected_maximum_profit(hits, scores, weights, value, incentive, contact, alpha, beta):
    """Integral of the best profit over the share that accepts."""
    table = cuts(hits, scores, weights)

    def integrand(share):
        best = profits(table, share, value, incentive, contact).max()
        return best * beta_distribution.pdf(share, alpha, beta)

    kinks = np.linspace(0, 1, 21)[1:-1]
    return quad(integrand, 0, 1, points=kinks, limit=500, epsabs=1e-5)[0]


def sample_lift(hits, scores, fraction, rng, n_draws=4000):
    """Lift with ties in random order, averaged."""
    n_reached = round(fraction * len(hits))
    lifts = []
    for _ in range(n_draws):
        order = np.lexsort([rng.random(len(hits)), -scores])
        lifts.append(hits[order[:n_reached]].mean() / hits.mean())
    return np.mean(lifts)
