"""Whom to contact for a budget."""

from __future__ import annotations

import numpy as np

ROUNDING = 1e-12  # of a budget: a sum in another order is as good


def select_by_profit(
    profit: np.ndarray, cost: np.ndarray, budget: float | None, most: int | None = None
) -> np.ndarray:
    """Choose customers by profit per cost, as far as the budget goes.

    Parameters
    ----------
    profit : ndarray of shape (n_customers,)
        Expected profits.
    cost : ndarray of shape (n_customers,)
        Expected costs, at least 0.
    budget : float or None
        Sum of costs that is not exceeded; None for no limit.
    most : int or None, default=None
        Most customers; None for no limit.

    Returns
    -------
    ndarray of shape (n_customers,)
        Who is chosen: nobody of no positive profit; the highest ratios first, of equal
        ones the highest profits, then the lower index, until the next does not fit.
    """
    with np.errstate(divide="ignore"):
        ratio = np.divide(profit, cost, out=np.full(len(profit), np.inf), where=cost > 0)
    # By ratio, then by profit: where contacts are free, that says it all.
    order = np.lexsort([-profit, -np.where(profit > 0, ratio, -np.inf)])
    n_chosen = int(np.count_nonzero(profit > 0))
    if most is not None:
        n_chosen = min(n_chosen, most)
    if budget is not None:
        spent = cost[order[:n_chosen]].cumsum()
        n_chosen = int(np.searchsorted(spent, budget * (1 + ROUNDING), side="right"))
    chosen = np.zeros(len(profit), dtype=bool)
    chosen[order[:n_chosen]] = True
    return chosen
