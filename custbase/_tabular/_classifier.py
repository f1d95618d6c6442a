"""What classifiers of customers share: from a raw frame to probabilities and their reasons."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.base import ClassifierMixin
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator
from .._column_names import list_some
from .._inputs import check_sample_weight, check_table
from .._joins import in_one_order
from .._models import number_labels, will_have
from .._params import Number, check_value, shorten
from ._calibration import Sigmoid, log_odds_of
from ._columns import NOTHING, learn_columns, read_columns, says_nothing
from ._drivers import describe_risks, measure_drivers
from ._folds import CrossFit, Table, check_groups, choose_model, compare_losses, cut_folds
from ._positive import find_positive_class
from ._reasons import (
    draw_background,
    explain_any,
    explain_linear,
    is_linear,
    name_reasons,
    tabulate_parts,
)
from ._target import check_target

AUTO = ("logistic", "boosting")


def _name_rows(names: list[Any]) -> pd.Index:
    """Index of columns of a frame; their names may be tuples."""
    return pd.Index(names, name="column", dtype=object, tupleize_cols=False)


def _find_classes(labels: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Both classes, sorted, and who is of the second, among those whose weight is not 0."""
    classes, codes = np.unique(labels[counts], return_inverse=True)
    if len(classes) > 2:
        raise ValueError(
            "Only binary classification is supported. The type of the target is multiclass: "
            f"y has {len(classes)} classes. Make it two, such as y == {classes.tolist()[-1]!r}."
        )
    if len(classes) < 2:
        lost = [label for label in np.unique(labels).tolist() if label not in classes.tolist()]
        if lost:
            raise ValueError(
                "sample_weight must be above 0 for customers of two classes; got 0 for all of "
                f"class {list_some(map(repr, lost))}, which leaves the one class "
                f"{classes.tolist()[0]!r} and nothing to tell apart."
            )
        raise ValueError(
            f"y must hold two classes; got the one class {classes.tolist()[0]!r}. There is "
            "nothing to tell apart: give customers of both."
        )
    hits = codes == 1
    if (rare := min(np.count_nonzero(hits), np.count_nonzero(~hits))) < 2:
        weighed = "" if counts.all() else " with a sample_weight above 0"
        raise ValueError(
            f"y must hold at least 2 customers of each class{weighed}; got {rare} of one class. "
            "Probabilities could not be checked on customers that the model has not seen."
        )
    return classes, hits


class TabularClassifier(ClassifierMixin, CustbaseEstimator):
    """Classifier of two classes on raw frames, calibrated on rows that it has not seen.

    A subclass has parameters ``model``, ``pos_label``, ``calibrate``, ``random_state`` and
    ``n_jobs``.
    """

    score = in_one_order(ClassifierMixin.score)

    model: Any
    pos_label: Any
    calibrate: bool
    random_state: Any
    n_jobs: int | None

    def _learn(
        self, frame: pd.DataFrame, y: Any, sample_weight: Any, groups: Any, *, positive_is: str
    ) -> None:
        """Learn from raw rows, with parameters checked."""
        self._check_model()
        labels = self._check_labels(y, frame)
        weights = check_sample_weight(sample_weight, labels[:, None]).astype(np.float64)
        parts = None if groups is None else check_groups(groups, len(frame))
        classes, hits = _find_classes(labels, counts := weights > 0)
        if not counts.all():
            frame, weights = frame[counts], weights[counts]
            parts = None if parts is None else parts[counts]
        self._positive = find_positive_class(classes, self.pos_label, positive_is)
        columns = learn_columns(frame)
        if says_nothing(columns):
            raise ValueError(
                "X must have a column that differs between customers; got only constant, empty or "
                "identifying ones."
            )
        # A penalty and a prior are as strong as so many rows: only ratios of weights count.
        table = Table(read_columns(frame, columns), hits, weights / weights.mean())
        model = self.model if isinstance(self.model, str) else number_labels(self.model, classes)
        random_state = check_random_state(self.random_state)
        seed = int(random_state.randint(np.iinfo(np.int32).max))
        folds = cut_folds(hits, parts, random_state)
        menu = AUTO if isinstance(model, str) and model == "auto" else (model,)
        choice = choose_model(menu, table, folds, seed=seed, n_jobs=self.n_jobs)
        best = choice.fitted[choice.number]

        self.classes_ = classes
        self.model_ = choice.pipeline
        self._columns = columns
        self._menu = [m if isinstance(m, str) else type(m).__name__ for m in menu]
        self._losses = np.stack([candidate.losses for candidate in choice.fitted])
        self.model_name_ = self._menu[choice.number]
        self._sigmoid = best.sigmoid._asdict()
        self._learn_reasons(table, seed)
        self._learn_drivers(table, folds, best, random_state)

    def _check_model(self) -> None:
        """Raise early for what cannot tell two classes apart, or has no probabilities."""
        has_p = isinstance(self.model, str) or will_have(self.model, "predict_proba")
        if not has_p and not will_have(self.model, "decision_function"):
            raise TypeError(
                "model must be a name or a classifier, with predict_proba or decision_function; "
                f"got {self.model!r}."
            )
        if not self.calibrate and (not has_p or self.model == "svm"):
            raise ValueError(
                f"calibrate must be True with model={self.model!r}, which has no probabilities "
                "of its own; got False."
            )

    def _check_labels(self, y: Any, frame: pd.DataFrame) -> np.ndarray:
        """One label a row, none missing."""
        labels = check_target(self, y, len(frame), "one label a customer")
        if missing := int(np.count_nonzero(pd.isna(labels))):
            raise ValueError(
                f"Input y contains NaN: {missing} labels are missing. Drop those customers."
            )
        if labels.dtype.kind == "f" and not np.isfinite(labels).all():
            raise ValueError("Input y contains infinity, which is no label. Drop those customers.")
        if labels.dtype.kind in "mM":
            raise ValueError(
                f"y must hold labels of two classes; got points in time ({labels.dtype}). Say who "
                "is of which class, for instance by y.notna()."
            )
        if labels.dtype == object:
            labels = pd.Series(labels).infer_objects().to_numpy()
            kinds = {type(label).__name__ for label in labels}
            if len(kinds) > 1:
                raise TypeError(
                    f"y must hold labels of one type; got {' and '.join(sorted(kinds))}. Make "
                    "them texts, for instance."
                )
            if labels.dtype == object and not isinstance(labels[0], str):
                raise TypeError(
                    "y must hold labels, such as texts, whole numbers or truth values; got "
                    f"{shorten(labels[0])} ({kinds.pop()}). Make them texts, for instance."
                )
        check_classification_targets(labels)
        return labels

    def _learn_reasons(self, table: Table, seed: int) -> None:
        """Keep what explanations compare with."""
        self._seed = seed
        if is_linear(self.model_):
            design = self.model_[0].transform(table.rows)
            self._background: Any = design.T @ table.weights / table.weights.sum()
            return
        self._background = draw_background(table.rows, seed)

    def _learn_drivers(
        self,
        table: Table,
        folds: list[np.ndarray],
        fitted: CrossFit,
        random_state: np.random.RandomState,
    ) -> None:
        """Keep what columns do for held-out rows."""
        measured = measure_drivers(table, folds, fitted, random_state)
        odds = fitted.sigmoid.slope * fitted.scores + fitted.sigmoid.offset
        p = expit(self._towards_positive(odds))
        risks = pd.DataFrame(describe_risks(table, p, self._columns["levels"]))
        self._drivers = {name: risks[name].to_numpy() for name in risks} | measured

    def _towards_positive(self, log_odds: np.ndarray) -> np.ndarray:
        """Log-odds of the positive class, of those of the second one."""
        return log_odds if self._positive else -log_odds

    def _log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of the positive class."""
        rows = read_columns(frame, self._columns)
        return self._towards_positive(log_odds_of(self.model_, rows, Sigmoid(**self._sigmoid)))

    def _probability(self, frame: pd.DataFrame) -> np.ndarray:
        """Probability of the positive class."""
        if self.calibrate:
            return expit(self._log_odds(frame))
        rows = read_columns(frame, self._columns)
        return np.asarray(self.model_.predict_proba(rows))[:, self._positive]

    def predict_proba(self, X: Any) -> np.ndarray:
        """Give the probabilities of both classes.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``. A category that ``fit`` did not see
            counts as a rare one; where ``fit`` saw no rare ones, it says nothing.

        Returns
        -------
        ndarray of shape (n_samples, 2)
            Columns in the order of ``classes_``.

        Warns
        -----
        CustbaseWarning
            If a column holds several texts, and ``fit`` saw none of them.
        """
        check_is_fitted(self)
        p = self._probability(check_table(self, X, reset=False))
        return np.stack([1 - p, p] if self._positive else [p, 1 - p], axis=1)

    @property
    def selection_(self) -> pd.DataFrame:
        """Models that were compared.

        Returns
        -------
        DataFrame
            One row per model, the best first (index ``model``): ``log_loss``, the mean
            over the folds, of calibrated probabilities of customers that the model had
            not seen; ``worse_by``, its difference to the best, and
            ``standard_error`` of that difference over the folds.
        """
        check_is_fitted(self)
        return compare_losses(self._menu, self._losses, "log_loss")

    @property
    def drivers_(self) -> pd.DataFrame:
        """Columns by what the probabilities owe them.

        Returns
        -------
        DataFrame
            One row per column of `X` (index ``column``), the most important first:
            ``importance``, the rise of the log-loss of held-out customers when the
            column is shuffled among them, its ``standard_error``, and the values with
            the highest and the lowest mean probability, ``high_risk``,
            ``high_probability``, ``low_risk`` and ``low_probability``. Columns that
            say nothing, because they are constant or identify customers, are at 0.
        """
        check_is_fitted(self)
        names, kinds = self._columns["names"], self._columns["kinds"]
        used = [name for name, kind in zip(names, kinds, strict=True) if kind != NOTHING]
        table = pd.DataFrame(self._drivers, index=_name_rows(used))
        first = ["importance", "standard_error"]
        table = table[first + [name for name in table if name not in first]]
        table = table.reindex(_name_rows(names))
        table[first] = table[first].fillna(0.0)
        return table.sort_values("importance", ascending=False, kind="stable")

    def explain(self, X: Any) -> pd.DataFrame:
        """Break the log-odds of each customer down into contributions of the columns.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.

        Returns
        -------
        DataFrame of shape (n_samples, 1 + n_features)
            ``baseline`` and one column for each of `X`, which add up to the calibrated
            log-odds of the positive class. The index is that of `X`.

        Raises
        ------
        ImportError
            If the model is not linear and shap is not installed
            (``pip install 'custbase[explain]'``).

        Notes
        -----
        Exact for linear models, such as "logistic": what a column adds compared with
        its mean over the customers of ``fit``. For others they are Shapley values
        against 50 customers of ``fit``, averaged over 10 orders of the columns and
        their reverse: O(1,000 n_features) predictions a customer,
        which take seconds where boosting looks at 200 columns.
        """
        check_is_fitted(self)
        frame = check_table(self, X, reset=False)
        rows, sigmoid = read_columns(frame, self._columns), Sigmoid(**self._sigmoid)
        sign = 1.0 if self._positive else -1.0
        if is_linear(self.model_):
            parts = explain_linear(self.model_, rows, sigmoid, self._background)
            base = log_odds_of(self.model_, rows, sigmoid) - parts.sum(axis=1)
        else:
            parts, middle = explain_any(
                lambda asked: log_odds_of(self.model_, asked, sigmoid),
                [self.model_],
                rows,
                pd.DataFrame(self._background),
                needed_by=f"{type(self).__name__}.explain with model={self.model!r}",
                seed=self._seed,
            )
            base = np.full(len(rows), middle)
        used = [int(name) for name in rows.columns]
        names = self._columns["names"]
        return tabulate_parts(sign * parts, sign * base, frame.index, used, names)

    def reasons(self, X: Any, n_reasons: int = 3) -> pd.DataFrame:
        """Say in words what raises the probability of each customer most.

        Parameters
        ----------
        X : array or frame of shape (n_samples, n_features)
            Customers, with the columns of ``fit``.
        n_reasons : int, default=3
            Most reasons for a customer.

        Returns
        -------
        DataFrame of shape (n_samples, n_reasons)
            ``reason_1``, ..., at most as many as `X` has columns: "tenure = 2 (+0.91)"
            for a column, its value and its contribution to the log-odds; None where
            fewer raise them. The index is that of `X`.
        """
        check_value("n_reasons", n_reasons, Number(1, integer=True))
        parts = self.explain(X).iloc[:, 1:]
        return name_reasons(check_table(self, X, reset=False), parts, n_reasons)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags
