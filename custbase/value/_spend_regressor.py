"""SpendRegressor: what customers will spend, by classical models on raw frames."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import RegressorMixin
from sklearn.pipeline import Pipeline
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_sample_weight, check_table
from .._joins import in_one_order
from .._models import will_have
from .._params import (
    BOOLEAN,
    N_JOBS,
    RANDOM_STATE,
    HasMethods,
    OneOf,
    check_params,
    shorten,
)
from .._tabular._amounts import FEW, fit_amounts, predict_amounts
from .._tabular._boosting import PLAIN
from .._tabular._calibration import Sigmoid, log_odds_of
from .._tabular._columns import learn_columns, read_columns, says_nothing
from .._tabular._folds import (
    N_FOLDS,
    Table,
    check_groups,
    compare_losses,
    cut_any_folds,
    cut_folds,
    fit_whole,
)
from .._tabular._reasons import draw_background, explain_any, tabulate_parts
from .._tabular._spend import CLASSIFIERS, Spend, cross_spend
from .._tabular._target import check_amounts
from .._threads import as_rows_need
from .._warn import warn
from ..exceptions import CustbaseWarning

AUTO = ("linear", "boosting")
LARGEST = 1e150  # of an amount: what is more cannot be squared
RULES = {
    "model": (OneOf(("auto", *CLASSIFIERS)), HasMethods(("fit", "get_params"))),
    "hurdle": (BOOLEAN,),
    "random_state": RANDOM_STATE,
    "n_jobs": N_JOBS,
}


class SpendRegressor(RegressorMixin, CustbaseEstimator):
    """Tell what customers will spend, who buys and how much being two parts.

    Takes the frame of customers as it is: numbers, categories, truth values, missing
    values, numbers that are kept as text; `custbase.features.make_snapshots` makes one of
    a log, with the spend that followed. Most customers buy nothing and a few buy a lot:
    a classifier says who will, a regressor how much those who do, and both are fitted so
    that the money adds up.

    Parameters
    ----------
    model : str or regressor, default="auto"
        "linear" (a regression of the logarithm of the mean on numbers brought to a
        logarithmic scale), "tree", "forest", "boosting" (of histograms; the deviance of
        customers held out chooses its leaves and its number of trees), or any regressor
        of scikit-learn's kind, which is cloned and gets dummies of categories and
        imputed, scaled numbers. "auto" takes linear or boosting, by the deviance of
        customers held out.
    hurdle : bool, default=True
        Learn in two parts who buys and how much. False learns the amount at once, 0 being
        one like others.
    random_state : int, RandomState or None, default=None
        Source of folds and seeds; an int gives the same model every time. A regressor that you
        pass gets a seed for every part that has none, such as the steps of a Pipeline.
    n_jobs : int or None, default=None
        Threads of "forest", as in scikit-learn. The result does not depend on it.

    Attributes
    ----------
    model_ : Pipeline
        The preprocessing and the regressor, fitted to the customers who bought, or to all
        without `hurdle`. It predicts multiples of ``unit_``.
    classifier_ : Pipeline or None
        The preprocessing and the classifier of those who buy, before its calibration; None
        without `hurdle`, or if all customers but one, or none but one, bought.
    model_name_ : str
        Which model was chosen.
    selection_ : DataFrame
        Poisson's deviance of the models that were compared.
    unit_ : float
        Mean spend of the rows that ``model_`` was fitted to, in money; 1 for a regressor
        that was given.
    scale_ : float
        What the product of both parts is multiplied by, from 1/2 to 2; 1 without `hurdle`.
    n_features_in_ : int
        Number of columns of `X`.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns of `X`, if it was a frame with string names.

    See Also
    --------
    custbase.features.make_snapshots : Customers as of a day, and what they spent after it.
    custbase.value.BTYDRegressor : Learns without knowing what came after.
    custbase.metrics.normalized_gini : Whether predictions rank customers.
    custbase.metrics.decile_mape : Whether they are right in size.

    Notes
    -----
    With y the spend of a customer x,

    .. math:: E(y \\mid x) = c \\, P(y > 0 \\mid x) \\, E(y \\mid y > 0, x).

    P is calibrated by Platt's sigmoid on customers that the classifier had not seen, as in
    `custbase.churn.ChurnClassifier`; for a regressor that was given, it is "logistic" or
    "boosting", whichever has the lower log-loss on them. No amount is turned into a
    logarithm that would have to be undone with a bias: the models of the menu lower
    Poisson's deviance [1]_

    .. math:: 2 \\sum_i w_i (y_i \\log(y_i / m_i) - y_i + m_i),

    whose minimum is the mean whatever the distribution of amounts is, and need not be
    whole numbers. Numbers of "linear" are ``arcsinh(x / median |x|)``, so that spend grows
    as a power of them; its penalty is worth 10 customers. It grows to 4, 16, 64 or 256 times
    that as long as the deviance of customers held out falls in every fold. Of a table of
    more than 200 columns, "boosting" looks at the 200 whose groups, eighths of a number or
    categories, differ most in the mean of the square root of spend. The product of
    two means is no mean where they are learnt apart, so c is what makes the predictions of
    customers that both models had not seen, in 3 folds, add up to what they spent.

    Predictions are at least 0 and at most the largest spend of ``fit``. Fewer than 10
    customers who bought have only their mean to learn from, and fewer than 2 of either
    kind only the share who bought. y in other units gives the same predictions in those,
    but for a regressor that was given.

    Folds, columns and what is done with missing and rare values are those of
    `custbase.churn.ChurnClassifier`.

    References
    ----------
    .. [1] J. M. C. Santos Silva and S. Tenreyro, "The log of gravity", Review of Economics
       and Statistics 88, 2006.
    .. [2] N. Duan, W. G. Manning, C. N. Morris and J. P. Newhouse, "A comparison of
       alternative models for the demand for medical care", Journal of Business and
       Economic Statistics 1, 1983.

    Examples
    --------
    >>> from custbase import SpendRegressor
    >>> from custbase.datasets import load_cdnow
    >>> from custbase.features import make_snapshots
    >>> X, y = make_snapshots(
    ...     load_cdnow(), cutoffs="1997-09-30", horizon=39, target="spend"
    ... )
    >>> spend = SpendRegressor("linear", random_state=0).fit(X, y)
    >>> expected = spend.predict(X)
    >>> bool(abs(expected.sum() / y.sum() - 1) < 0.05)
    True
    >>> bool(spend.predict_positive(X[X["frequency"] == 0]).mean() < 0.25)
    True
    """

    score = in_one_order(RegressorMixin.score)

    def __init__(
        self,
        model: Any = "auto",
        *,
        hurdle: bool = True,
        random_state: int | np.random.RandomState | None = None,
        n_jobs: int | None = None,
    ) -> None:
        self.model = model
        self.hurdle = hurdle
        self.random_state = random_state
        self.n_jobs = n_jobs

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> SpendRegressor:
        """Learn what customers spend.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            One row per customer, as known before it was seen what they spend.
        y : array of shape (n_samples,)
            What they spent, in money, at least 0.
        sample_weight : array of shape (n_samples,) or None, default=None
            Weights of the customers. Only their ratios count; 0 leaves one out.
        groups : array of shape (n_samples,) or None, default=None
            Rows that belong together, such as snapshots of one customer at several
            cut-offs: they are held out together.

        Returns
        -------
        SpendRegressor
            The fitted estimator.

        Raises
        ------
        TypeError, ValueError
            If a parameter is not allowed, or `X`, `y`, `sample_weight` or `groups` cannot
            be used, such as negative spend; the message names it and what to do.

        Warns
        -----
        CustbaseWarning
            If texts become numbers, a column is left out, or all are.
        """
        check_params(self, RULES)
        if not isinstance(self.model, str) and not will_have(self.model, "predict"):
            raise TypeError(
                f"model must be a name or a regressor, with predict; got {shorten(self.model)}."
            )
        if will_have(self.model, "predict_proba") or will_have(self.model, "decision_function"):
            raise TypeError(
                f"model must be a name or a regressor; got {self.model!r}, which tells classes "
                "apart. Who buys is told by a classifier of its own."
            )
        frame = check_table(self, X, reset=True)
        with as_rows_need(len(frame)):
            self._learn(frame, y, sample_weight, groups)
        return self

    def _learn(self, frame: pd.DataFrame, y: Any, sample_weight: Any, groups: Any) -> None:
        """Learn from raw rows, with parameters checked."""
        spend = check_amounts(self, y, len(frame), largest=LARGEST)
        weights = check_sample_weight(sample_weight, spend[:, None]).astype(np.float64)
        parts = None if groups is None else check_groups(groups, len(frame))
        if not (counts := weights > 0).all():
            frame, spend, weights = frame[counts], spend[counts], weights[counts]
            parts = None if parts is None else parts[counts]
        columns = learn_columns(frame)
        if says_nothing(columns):
            warn(
                "X has no column that differs between customers: all are predicted the mean. "
                "Give columns that tell them apart.",
                CustbaseWarning,
            )
        table = Table(read_columns(frame, columns), spend > 0, weights / weights.mean())
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        asked = table.hits if self.hurdle else np.ones(len(spend), dtype=bool)
        unit = _mean_of(spend[asked], table.weights[asked]) if isinstance(self.model, str) else 1.0
        y, most = spend / unit, float(spend.max()) / unit
        units = np.arange(len(spend)) if parts is None else parts
        rare = min(len(np.unique(units[kind])) for kind in (table.hits, ~table.hits))
        is_told = bool(self.hurdle and len(table.rows.columns) and rare >= 2)
        if is_told:
            folds = cut_folds(table.hits, parts, random_state)
        else:
            folds = cut_any_folds(len(spend), parts, random_state)
        share = float(np.average(table.hits, weights=table.weights)) if self.hurdle else 1.0
        best = self._choose(table, y, asked, folds, is_told=is_told, share=share, seed=seed)

        self._columns, self._two_parts, self._share = columns, bool(self.hurdle), share
        self.unit_, self._most, self.scale_ = unit, most, best.scale
        self._sigmoid: dict[str, float] | None = None
        self.classifier_: Pipeline | None = None
        if best.classifier is not None:
            self._sigmoid = best.classifier.sigmoid._asdict()
            self.classifier_ = fit_whole(best.classifier, table, seed=seed, n_jobs=self.n_jobs)
        kept = asked if asked.any() else ~asked
        self.model_ = best.whole
        if self.model_ is None:
            self.model_ = fit_amounts(
                best.regressor,
                table.rows[kept],
                y[kept],
                table.weights[kept],
                seed=seed,
                n_jobs=self.n_jobs,
            )
        self._seed, self._background = seed, draw_background(table.rows, seed)

    def _choose(
        self,
        table: Table,
        y: np.ndarray,
        asked: np.ndarray,
        folds: list[np.ndarray],
        *,
        is_told: bool,
        share: float,
        seed: int,
    ) -> Spend:
        """Take the kind of model that tells most of customers it has not seen."""
        menu = AUTO if isinstance(self.model, str) and self.model == "auto" else (self.model,)
        self._menu = [kind if isinstance(kind, str) else type(kind).__name__ for kind in menu]
        is_searched = len(menu) > 1 or menu[0] in AUTO
        plain = PLAIN if menu == ("boosting",) else menu[0]
        tried = [Spend(plain, None, 1.0, np.full(N_FOLDS, np.nan))]
        # Of fewer amounts a mean is all that any of them learns.
        left = [np.count_nonzero(np.delete(asked & table.hits, held)) for held in folds]
        if is_told or (is_searched and min(left, default=0) >= FEW):
            tried = [
                cross_spend(
                    kind,
                    table,
                    y,
                    asked,
                    folds,
                    is_told=is_told,
                    share=share,
                    seed=seed,
                    n_jobs=self.n_jobs,
                )
                for kind in menu
            ]
        best = int(np.argmin([kind.losses.mean() for kind in tried]))
        self._losses = np.stack([kind.losses for kind in tried])
        self.model_name_ = self._menu[best]
        return tried[best]

    @property
    def selection_(self) -> pd.DataFrame:
        """Models that were compared.

        Returns
        -------
        DataFrame
            One row per model, the best first (index ``model``): ``deviance``, Poisson's,
            of the expected spend of customers that the model had not seen, in units of
            ``unit_``, the mean over the folds; ``worse_by``, its difference to the best,
            and ``standard_error`` of that difference over the folds. NaN if nothing had
            to be held out: a tree, a forest or a regressor that was given, without `hurdle`
            or with fewer than two customers who bought, or who did not; and if a fold leaves
            fewer than 10 who bought.
        """
        check_is_fitted(self)
        menu = self._menu[: len(self._losses)]
        return compare_losses(menu, self._losses, "deviance")

    def _positive(self, rows: pd.DataFrame) -> np.ndarray:
        """Probability of spending anything; 1 without a hurdle."""
        if self.classifier_ is None or self._sigmoid is None:
            return np.full(len(rows), self._share)
        return expit(log_odds_of(self.classifier_, rows, Sigmoid(**self._sigmoid)))

    def _expect(self, rows: pd.DataFrame) -> np.ndarray:
        """Expected spend, in money."""
        amounts = predict_amounts(self.model_, rows, self._most)
        expected = self.scale_ * self._positive(rows) * amounts
        return expected.clip(max=self._most) * self.unit_

    def predict(self, X: Any) -> np.ndarray:
        """Give the expected spend.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``. A category that ``fit`` did not see
            counts as a rare one; where ``fit`` saw no rare ones, it says nothing.

        Returns
        -------
        ndarray of shape (n_samples,)
            Money, at least 0, in the unit and for the time of the `y` of ``fit``.

        Warns
        -----
        CustbaseWarning
            If a column holds several texts, and ``fit`` saw none of them.
        """
        check_is_fitted(self)
        return self._expect(read_columns(check_table(self, X, reset=False), self._columns))

    def predict_positive(self, X: Any) -> np.ndarray:
        """Give the probability that a customer spends anything.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        ndarray of shape (n_samples,)
            Probabilities, calibrated.

        Raises
        ------
        ValueError
            If the model was fitted without `hurdle`.
        """
        check_is_fitted(self)
        if not self._two_parts:
            raise ValueError(
                "hurdle must be True in fit for probabilities of spending anything; got False: "
                "one regressor does not tell who buys. Fit SpendRegressor(hurdle=True)."
            )
        return self._positive(read_columns(check_table(self, X, reset=False), self._columns))

    def explain(self, X: Any) -> pd.DataFrame:
        """Break the expected spend of each customer down into contributions of the columns.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        DataFrame of shape (n_samples, 1 + n_features)
            ``baseline`` and one column for each of `X`, in money, which add up to
            ``predict(X)``. The index is that of `X`.

        Raises
        ------
        ImportError
            If shap is not installed (``pip install 'custbase[explain]'``).

        Notes
        -----
        Shapley values against 50 customers of ``fit``, averaged over 10 orders of the
        columns and their reverse: O(1,000 n_features) predictions a customer,
        which take seconds where boosting looks at 200 columns.
        """
        check_is_fitted(self)
        frame = check_table(self, X, reset=False)
        rows = read_columns(frame, self._columns)
        parts, middle = explain_any(
            self._expect,
            [self.model_] if self.classifier_ is None else [self.model_, self.classifier_],
            rows,
            pd.DataFrame(self._background),
            needed_by="SpendRegressor.explain",
            seed=self._seed,
        )
        base = np.full(len(rows), middle)
        used = [int(name) for name in rows.columns]
        return tabulate_parts(parts, base, frame.index, used, self._columns["names"])

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags


def _mean_of(spend: np.ndarray, weights: np.ndarray) -> float:
    """Weighted mean of amounts, which overflows nowhere; 1 if there is none above 0."""
    if not len(spend) or not (top := spend.max()) > 0:
        return 1.0
    return max(float(np.average(spend / top, weights=weights) * top), np.finfo(np.float64).tiny)
