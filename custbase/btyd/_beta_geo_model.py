"""BetaGeoModel: customers may leave after every repeat purchase."""

from __future__ import annotations

from ._beta_geo import BetaGeo


class BetaGeoModel(BetaGeo):
    """BG/NBD: customers buy at a rate of their own, and may leave after every repeat purchase.

    The usual first model of a shop that customers leave without notice. Who bought but
    once counts as alive for ever: ModifiedBetaGeoModel lets them leave, too.

    Parameters
    ----------
    horizon : float or None, default=None
        How far ``predict`` and ``predict_any`` look ahead, unless they are told, in the
        unit of T.
    n_jobs : int or None, default=None
        Number of threads: -1 for every core, None for every core or OMP_NUM_THREADS if
        that is set. Results are the same to the last bit.

    Attributes
    ----------
    params_ : dict of str to float
        r and alpha, shape and rate of the gamma distribution of purchases per unit of
        time, and a and b, those of the beta distribution of the probability to leave.
        alpha is measured in the unit of T.
    standard_errors_ : dict of str to float
        Standard errors of the parameters, NaN where the customers do not determine them;
        divided by the parameter they are those of its logarithm, which is more nearly
        normal.
    covariance_ : ndarray of shape (4, 4)
        Covariance of the logarithms of the parameters, in the order of `params_`.
    log_likelihood_ : float
        Log-likelihood of the fitted customers, each as often as its weight.
    n_iter_ : int
        Number of steps of the search.
    n_features_in_ : int
        3: frequency, recency and T.
    feature_names_in_ : ndarray of shape (3,)
        Their names, if `X` was a frame.

    See Also
    --------
    ModifiedBetaGeoModel : Customers may also leave after the first purchase.
    ParetoNBDModel : Customers leave at any time.
    GammaGammaModel : What a purchase is worth.
    custbase.features.rfm_summary : Makes the summary of a log.

    Notes
    -----
    The likelihood of x repeat purchases until T, the last one at t_x, is [1]_

    .. math:: \\frac{\\Gamma(r + x) \\alpha^r}{\\Gamma(r)} \\frac{B(a, b + x)}{B(a, b)} \\left(
              (\\alpha + T)^{-(r + x)} + \\frac{a}{b + x - 1} (\\alpha + t_x)^{-(r + x)}
              \\right),

    alive, or gone after the last purchase if there is one. Equal rows count as one with a
    weight, and of n distinct rows a step of the search takes O(n) time. Expected
    purchases are a sum of positive terms instead of the usual hypergeometric function,
    which is 0/0 at a = 1 and overflows for customers of some hundred purchases.

    References
    ----------
    .. [1] P. S. Fader, B. G. S. Hardie and K. L. Lee, "'Counting your customers' the easy
       way: an alternative to the Pareto/NBD model", Marketing Science 24 (2), 2005.

    Examples
    --------
    >>> from custbase import BetaGeoModel
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import rfm_summary
    >>> summary = rfm_summary(load_cdnow(), end="1997-09-30")
    >>> model = BetaGeoModel(horizon=39).fit(summary)
    >>> {name: round(value, 3) for name, value in model.params_.items()}
    {'r': 0.243, 'alpha': 4.414, 'a': 0.793, 'b': 2.426}
    >>> round(model.log_likelihood_, 1)
    -9582.4
    >>> round(model.predict(summary).sum())
    1653
    """

    _n_first = 0

    def __init__(self, *, horizon: float | None = None, n_jobs: int | None = None) -> None:
        self.horizon = horizon
        self.n_jobs = n_jobs
