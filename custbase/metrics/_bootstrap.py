"""How far chance could have moved a metric, or the difference between two models."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.utils import check_random_state

from .._inputs import check_sample_weight
from .._joins import refuse_turned_index
from .._params import RANDOM_STATE, Number, check_value, shorten
from .._warn import warn
from ..exceptions import ZeroDenominatorWarning
from ._targets import Values, check_values
from ._value import (
    Measure,
    decile_mape,
    normalized_gini,
    prepare_decile_mape,
    prepare_gini,
    prepare_spearman,
    spearman_correlation,
)

# Metrics that sort once for all draws. (A sequence: not every metric can be hashed.)
PREPARED: tuple[tuple[Callable[..., float], Callable[..., Measure]], ...] = (
    (normalized_gini, prepare_gini),
    (spearman_correlation, prepare_spearman),
    (decile_mape, prepare_decile_mape),
)


NEARLY_WHOLE = 1e-9  # of a position among draws


class BootstrapInterval(NamedTuple):
    """A metric and its interval, as `bootstrap_interval` returns it."""

    estimate: float
    low: float
    high: float


class BootstrapDifference(NamedTuple):
    """A difference and its interval, as `bootstrap_difference` returns it."""

    estimate: float
    low: float
    high: float
    share_above_zero: float


class Sample(NamedTuple):
    """Rows to draw from."""

    y_true: np.ndarray
    weights: np.ndarray | None


def bootstrap_interval(
    metric: Callable[..., float],
    y_true: Any,
    y_score: Any,
    *,
    sample_weight: Any = None,
    n_bootstrap: int = 1000,
    confidence_level: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
) -> BootstrapInterval:
    """Bootstrap interval of any metric: the customers are drawn again.

    Parameters
    ----------
    metric : callable
        A function of (y_true, y_score), of custbase, scikit-learn or your own, that
        returns one number; ``functools.partial`` sets its other parameters.
    y_true : array of shape (n_samples,)
        Values or labels.
    y_score : array of shape (n_samples,) or (n_samples, n_classes)
        What a model predicts of the same customers, as `metric` takes it.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers, who are drawn with equal chances; passed on to
        `metric` if given.
    n_bootstrap : int, default=1000
        Number of times that as many customers are drawn with replacement.
    confidence_level : float, default=0.95
        Coverage, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Source of the draws.

    Returns
    -------
    BootstrapInterval
        A named tuple: ``estimate``, the metric of all customers; ``low`` and ``high``,
        percentiles of that of the draws.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used, or `metric` refuses it.

    Warns
    -----
    UndefinedMetricWarning
        If the metric is NaN on some draws; these are left out.

    See Also
    --------
    bootstrap_difference : Whether one model is better than another.
    maximum_profit_interval : That of the maximum profit, faster.

    Notes
    -----
    The percentile interval [1]_. The model is taken as given: how it would vary with
    other customers to learn from is not in the interval. Rows are taken to be
    independent: of customers with several rows each, give one.

    `normalized_gini`, `spearman_correlation` and `decile_mape` sort the customers once;
    a draw then takes O(n), and 1,000 draws of 25,000 customers about a second. Any
    other metric is called once a draw.

    References
    ----------
    .. [1] B. Efron and R. J. Tibshirani, "An introduction to the bootstrap", Chapman
       and Hall, 1993, chapter 13.

    Examples
    --------
    >>> import numpy as np
    >>> from custbase.metrics import bootstrap_interval, normalized_gini
    >>> rng = np.random.default_rng(0)
    >>> expected = rng.gamma(0.5, 100.0, size=500)
    >>> spent = expected * rng.exponential(size=500)
    >>> interval = bootstrap_interval(normalized_gini, spent, expected, random_state=0)
    >>> interval.estimate == normalized_gini(spent, expected)
    True
    >>> interval.low < interval.estimate < interval.high
    True
    """
    _check_draws(metric, n_bootstrap, confidence_level, random_state)
    refuse_turned_index(y_true=y_true, y_score=y_score, sample_weight=sample_weight)
    sample = _check_sample(y_true, sample_weight)
    estimate, measure = _prepare(metric, sample, y_score, "y_score")
    draws = _draw(measure, sample, n_bootstrap, random_state)
    low, high = percentile_interval(draws, confidence_level).tolist()
    return BootstrapInterval(estimate, low, high)


def bootstrap_difference(
    metric: Callable[..., float],
    y_true: Any,
    y_score_a: Any,
    y_score_b: Any,
    *,
    sample_weight: Any = None,
    n_bootstrap: int = 1000,
    confidence_level: float = 0.95,
    random_state: int | np.random.RandomState | None = None,
) -> BootstrapDifference:
    """Bootstrap interval of the difference between two models on the same customers.

    Parameters
    ----------
    metric : callable
        A function of (y_true, y_score), as in `bootstrap_interval`.
    y_true : array of shape (n_samples,)
        Values or labels.
    y_score_a, y_score_b : array of shape (n_samples,) or (n_samples, n_classes)
        What either model predicts of the same customers, in the same order.
    sample_weight : array of shape (n_samples,) or None, default=None
        Weights of the customers, who are drawn with equal chances; passed on to
        `metric` if given.
    n_bootstrap : int, default=1000
        Number of times that as many customers are drawn with replacement.
    confidence_level : float, default=0.95
        Coverage, between 0 and 1.
    random_state : int, RandomState instance or None, default=None
        Source of the draws.

    Returns
    -------
    BootstrapDifference
        A named tuple: ``estimate``, the metric of a minus that of b; ``low`` and
        ``high``, percentiles of the difference on the draws; ``share_above_zero``, the
        share of the draws on which a has the higher metric, those on which both are
        equal counted half.

    Raises
    ------
    TypeError, ValueError
        If an argument cannot be used, or `metric` refuses it.

    Warns
    -----
    UndefinedMetricWarning
        If the difference is NaN on some draws; these are left out.

    See Also
    --------
    bootstrap_interval : The interval of one model, and notes on what it holds.

    Notes
    -----
    The paired bootstrap: both models are measured on the same draws. What makes a draw
    hard, such as one customer who spent a fortune, is hard for both and cancels, so the
    interval is often much narrower than those of the two models, which may well overlap
    although one is clearly better. Of errors, lower is better: there a share near 0
    speaks for a.

    Examples
    --------
    >>> import numpy as np
    >>> from custbase.metrics import bootstrap_difference, spearman_correlation
    >>> rng = np.random.default_rng(0)
    >>> expected = rng.gamma(0.5, 100.0, size=500)
    >>> spent = expected * rng.exponential(size=500)
    >>> guess = expected * rng.exponential(size=500)
    >>> difference = bootstrap_difference(
    ...     spearman_correlation, spent, expected, guess, random_state=0
    ... )
    >>> difference.low > 0, difference.share_above_zero
    (True, 1.0)
    """
    _check_draws(metric, n_bootstrap, confidence_level, random_state)
    refuse_turned_index(
        y_true=y_true, y_score_a=y_score_a, y_score_b=y_score_b, sample_weight=sample_weight
    )
    sample = _check_sample(y_true, sample_weight)
    estimate_a, measure_a = _prepare(metric, sample, y_score_a, "y_score_a")
    estimate_b, measure_b = _prepare(metric, sample, y_score_b, "y_score_b")

    def measure(rows: np.ndarray) -> float:
        return measure_a(rows) - measure_b(rows)

    draws = _draw(measure, sample, n_bootstrap, random_state)
    low, high = percentile_interval(draws, confidence_level).tolist()
    above = float(np.mean((np.sign(draws) + 1) / 2)) if len(draws) else np.nan
    return BootstrapDifference(estimate_a - estimate_b, low, high, above)


def draw_rows(
    n_rows: int, n_bootstrap: int, random_state: int | np.random.RandomState | None
) -> Iterator[np.ndarray]:
    """Draw as many rows with replacement, again and again.

    Parameters
    ----------
    n_rows : int
        Number of rows.
    n_bootstrap : int
        Number of draws.
    random_state : int, RandomState instance or None
        Source of the draws.

    Yields
    ------
    ndarray of shape (n_rows,)
        Positions of rows.
    """
    # PCG64 draws three times as fast as the Mersenne Twister, from which it gets its seed.
    seed = check_random_state(random_state).randint(2**32, size=4, dtype=np.uint32)
    rng = np.random.Generator(np.random.PCG64(seed))
    for _ in range(n_bootstrap):
        yield rng.integers(n_rows, size=n_rows)


def count_rows(rows: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weights of all rows when some are drawn, as often as they are."""
    return np.bincount(rows, minlength=len(weights)) * weights


def percentile_interval(draws: np.ndarray, confidence_level: float) -> np.ndarray:
    """Bounds of the middle part of draws; draws themselves, so that they may be infinite.

    Both bounds leave out equally many draws, so that they carry over to any monotone
    function.

    Parameters
    ----------
    draws : ndarray of shape (n_draws, ...)
        What was measured.
    confidence_level : float
        Share of the draws between the bounds.

    Returns
    -------
    ndarray of shape (2, ...)
        Bounds; NaN without draws. A draw that is NaN makes both NaN.
    """
    if not len(draws):
        return np.full((2, *draws.shape[1:]), np.nan)
    last = len(draws) - 1
    # A position that is whole but for rounding is whole: of 101 draws, 90 % lie between the
    # sixth and the sixth from the end.
    tail = math.floor((1 - confidence_level) / 2 * last + NEARLY_WHOLE)
    ordered = np.sort(draws, axis=0)
    bounds = np.stack([ordered[tail], ordered[last - tail]])
    return np.where(np.isnan(ordered[-1]), np.nan, bounds)  # NaN is sorted last


def _check_draws(metric: Any, n_bootstrap: Any, confidence_level: Any, random_state: Any) -> None:
    if not callable(metric):
        raise TypeError(
            "metric must be a function of (y_true, y_score), such as "
            f"custbase.metrics.normalized_gini; got {metric!r} ({type(metric).__name__})."
        )
    check_value("n_bootstrap", n_bootstrap, Number(1, integer=True))
    check_value("confidence_level", confidence_level, Number(0, 1, low_open=True, high_open=True))
    check_value("random_state", random_state, *RANDOM_STATE)


def _check_sample(y_true: Any, sample_weight: Any) -> Sample:
    y_true = np.asarray(y_true)
    if not y_true.ndim or not len(y_true):
        raise ValueError(
            f"y_true must have at least one row; got an array of shape {y_true.shape}."
        )
    if sample_weight is None:
        return Sample(y_true, None)
    return Sample(y_true, check_sample_weight(sample_weight, y_true, "y_true"))


def _prepare(
    metric: Callable[..., float], sample: Sample, y_score: Any, name: str
) -> tuple[float, Callable[[np.ndarray], float]]:
    """The metric of all rows, and how to measure it on any rows drawn from them."""
    scores = np.asarray(y_score)
    if scores.shape[:1] != sample.y_true.shape[:1]:
        raise ValueError(
            f"{name} must have one row for each of the {len(sample.y_true)} rows of y_true; got "
            f"shape {scores.shape}."
        )

    def call(rows: np.ndarray | slice) -> float:
        weighted = {} if sample.weights is None else {"sample_weight": sample.weights[rows]}
        result = metric(sample.y_true[rows], scores[rows], **weighted)
        if np.ndim(result):
            raise TypeError(
                f"metric must return one number; got an array of shape {np.shape(result)}."
            )
        try:
            return float(result)
        except (TypeError, ValueError):
            raise TypeError(f"metric must return one number; got {shorten(result)}.") from None

    with _noted(f"That is the metric of {name}."):
        estimate = call(slice(None))
    if (prepare := _find_prepared(metric)) is None:
        return estimate, call
    values: Values = check_values(sample.y_true, scores, sample.weights, negative=True)
    weigh = prepare(values)
    return estimate, lambda rows: weigh(count_rows(rows, values.weights))


def _find_prepared(metric: Callable[..., float]) -> Callable[[Values], Measure] | None:
    """Find how a metric sorts once for all draws, if it can."""
    own: dict[str, Any] = {}
    if isinstance(metric, partial) and not metric.args and metric.keywords.keys() <= {"n_bins"}:
        own = metric.keywords
        metric = metric.func
    found = (prepare for known, prepare in PREPARED if known is metric)
    prepare = next(found, None)
    return None if prepare is None else partial(prepare, **own)


def _draw(
    measure: Callable[[np.ndarray], float],
    sample: Sample,
    n_bootstrap: int,
    random_state: int | np.random.RandomState | None,
) -> np.ndarray:
    """Measure rows that are drawn again and again; draws without a result are left out."""
    draws = np.full(n_bootstrap, np.nan)
    with warnings.catch_warnings(), _noted("That is the metric of customers drawn again."):
        for category in (UndefinedMetricWarning, ZeroDenominatorWarning):
            warnings.simplefilter("ignore", category)  # once for all draws, below
        for i, rows in enumerate(draw_rows(len(sample.y_true), n_bootstrap, random_state)):
            if sample.weights is None or sample.weights[rows].any():
                draws[i] = measure(rows)
    defined = draws[~np.isnan(draws)]
    if n_lost := n_bootstrap - len(defined):
        warn(
            f"metric is not defined on {n_lost} of {n_bootstrap} draws of customers, which are "
            "left out of the interval. It takes more customers, or fewer who are alike.",
            UndefinedMetricWarning,
        )
    return defined


@contextmanager
def _noted(note: str) -> Iterator[None]:
    """Add to an error what was measured when it was raised."""
    try:
        yield
    except (TypeError, ValueError) as error:
        error.add_note(note)
        raise
