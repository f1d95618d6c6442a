"""Money of offering an incentive to customers who may leave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np


class Offer(NamedTuple):
    """An incentive: what it costs, what contacting costs, and who accepts it.

    What differs among customers is an array of shape (n_customers,).
    """

    incentive_cost: np.ndarray | float
    contact_cost: float
    accept_rate: np.ndarray | float


def retention_value(p: np.ndarray, value: np.ndarray | float, offer: Offer) -> np.ndarray:
    """Expected money of an offer but for the contact.

    Parameters
    ----------
    p : ndarray of shape (n_customers,)
        Probabilities of leaving.
    value : ndarray of shape (n_customers,) or float
        Money that a customer who is kept is worth.
    offer : Offer
        The offer.

    Returns
    -------
    ndarray of shape (n_customers,)
        ``p g V - d (1 - p (1 - g))``: whoever would leave and accepts is kept, and all
        take the incentive but those who leave all the same.
    """
    return p * offer.accept_rate * value - incentive_expected(p, offer)


def incentive_expected(p: np.ndarray, offer: Offer) -> np.ndarray:
    """Expected money that the incentive itself costs."""
    return offer.incentive_cost * (1 - p * (1 - offer.accept_rate))


def profit_threshold(value: np.ndarray | float, offer: Offer) -> np.ndarray:
    """Probability of leaving from which on an offer pays.

    Parameters
    ----------
    value : ndarray of shape (n_customers,) or float
        Money that a customer who is kept is worth.
    offer : Offer
        The offer.

    Returns
    -------
    ndarray of shape (n_customers,) or ()
        ``(d + f) / (g (V - d) + d)``; infinite where it would
        exceed 1: no probability is enough.
    """
    gain = offer.accept_rate * (value - offer.incentive_cost) + offer.incentive_cost
    cost = offer.incentive_cost + offer.contact_cost
    gain, cost = np.broadcast_arrays(gain, cost)
    # No probability is above 1: how far beyond a threshold lies makes no difference.
    return np.divide(cost, gain, out=np.full(gain.shape, np.inf), where=(gain >= cost) & (gain > 0))
