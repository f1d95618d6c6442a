"""CLVRegressor: what customers are worth, by networks."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from .._base import CustbaseEstimator, whole_or_not_at_all
from .._inputs import check_matrix, check_sample_weight, check_sequences
from .._joins import in_one_order
from .._params import (
    ARRAY,
    RANDOM_STATE,
    Number,
    OneOf,
    Rule,
    check_params,
    check_value,
    shorten,
)
from .._tabular._folds import check_groups
from .._tabular._target import check_amounts
from .._threads import ONE_BLAS_THREAD, row_chunks, thread_map
from ..deep._losses import LOSSES
from ..deep._networks import NETWORKS, NUMPY, Shape, draw_weights, run_network
from ..deep._training import Rows, Schedule, train_networks
from ._column_scaler import learn_scaling, scale_columns
from ._outputs import (
    N_OUTPUTS,
    learn_unit,
    make_target,
    mean_money,
    split_ziln,
    start_outputs,
    ziln_quantile,
)
from ._sequences import Inputs, learn_channels, refuse_other_masks, scale_channels, wrap_columns

RULES: dict[str, tuple[Rule, ...]] = {
    "network": (OneOf(NETWORKS),),
    "loss": (OneOf(tuple(LOSSES)),),
    "hidden_units": (ARRAY,),
    "n_networks": (Number(1, integer=True),),
    "max_epochs": (Number(1, integer=True),),
    "batch_size": (Number(1, integer=True),),
    "learning_rate": (Number(0, 1, low_open=True),),
    "validation_fraction": (Number(0, 1, high_open=True),),
    "random_state": RANDOM_STATE,
    "verbose": (Number(0, integer=True),),
}
ROWS_AT_ONCE = 4096  # when predicting: bounds the memory


class CLVRegressor(RegressorMixin, CustbaseEstimator):
    """Predict what customers will spend, with small networks that know most spend nothing.

    The usual money of a next year is 0 for most customers, some tens for many and
    thousands for a few. The zero-inflated lognormal loss learns the probability of any
    spend and the distribution of its size together, and answers with all of them: the
    expected value, its quantiles, and the probability that there is any.

    Parameters
    ----------
    network : {"feedforward", "rnn", "gru", "lstm"}, default="feedforward"
        "feedforward" takes a table, one row a customer, for example of `make_snapshots`;
        the others take the sequences of `PurchaseSequenceEncoder`.
    loss : {"ziln", "mse", "tweedie"}, default="ziln"
        "ziln", the zero-inflated lognormal distribution; "mse", squared error; "tweedie",
        the deviance of power 1.5. The last two predict the expected value alone.
    hidden_units : sequence of int, default=(64, 32)
        Units of the hidden layers. The first one of "rnn", "gru" and "lstm" is recurrent,
        and needed.
    n_networks : int, default=5
        Networks that are trained side by side from different starts; predictions are
        their average.
    max_epochs : int, default=200
        How often every customer is learnt from, at most.
    batch_size : int, default=512
        Customers of a step, at most. If there are fewer than ten times as many, a tenth of them,
        but at least 32 as far as there are.
    learning_rate : float, default=0.002
        Length of the steps, of Adam.
    validation_fraction : float, default=0.1
        Share of the customers, or groups, rounded down, not learnt from: a network keeps its
        weights of the epoch that had the lowest loss on them, and training ends when none
        has had a lower one for 10 epochs. If that is nobody, the loss on all customers
        takes their place.
    random_state : int, RandomState instance or None, default=None
        Source of the first weights, of who validates and of the order of customers. An
        int gives the same bits every time on one machine. No global seed is touched.
    verbose : int, default=0
        1 prints a line an epoch.

    Attributes
    ----------
    weights_ : list of ndarray
        Weights of the networks, float32, layer by layer, with `n_networks` as first axis.
    scaling_ : dict of str to object
        How columns, or channels, are scaled before they go into the networks.
    unit_ : float
        The amount that is 1 inside of the networks: the median positive amount for
        "ziln", the mean amount for the other losses; 1 if nobody spent.
    largest_ : float
        The largest amount in ``fit``. No network expects more of a customer.
    scale_ : float
        What expected values are multiplied with so that their total is that of ``y`` on
        the customers of ``fit``. Near 1 if the distribution describes the money.
    layout_ : dict of str to object
        Parameters that shape the networks, as they were in ``fit``.
    n_epochs_ : int
        Epochs until training ended.
    validation_loss_ : ndarray of shape (`n_epochs_`, n_networks)
        Loss after each epoch.
    n_features_in_ : int
        Number of columns, or of channels.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a frame of strings as names.

    See Also
    --------
    custbase.features.make_snapshots : Tables to learn from, with spend as target.
    custbase.PurchaseSequenceEncoder : Sequences to learn from.
    custbase.BTYDRegressor : The same by models of purchases, without a past to learn from.
    custbase.metrics.decile_mape : Whether predicted values are right in size.

    Notes
    -----
    With p, mu and sigma the outputs of a network for a customer [1]_,

    .. math:: -\\log L = -[y > 0] \\left(\\log p - \\log(y \\sigma \\sqrt{2 \\pi})
              - \\frac{(\\log y - \\mu)^2}{2 \\sigma^2}\\right) - [y = 0] \\log(1 - p),

    .. math:: E[y] = p \\exp(\\mu + \\sigma^2 / 2), \\qquad
              Q(q) = \\exp\\left(\\mu + \\sigma \\Phi^{-1}\\left(\\frac{q - (1 - p)}{p}
              \\right)\\right) \\text{ for } q > 1 - p \\text{, else } 0.

    Sigma lies between 0.001 and 2.501, and exp(mu + sigma²/2) is at most `largest_`, so
    that no expected value explodes. A lognormal distribution has a longer or a shorter
    tail than real money, which is why expected values are multiplied with `scale_`;
    quantiles and probabilities are those of the networks, unchanged.

    Inside, columns are divided by their size, count by their logarithm, sign(x) log(1 +
    abs(x)/median), where that shortens their tails, and are standardised; values beyond
    those in ``fit`` count as the last of these. Of sequences, channels that are 0 but for
    the last step are columns beside the state of the recurrent layer. So neither amounts
    nor times need to be prepared, but missing values need to be filled.

    Weights weigh the loss, and a weight of 2 is not to the bit the same as a customer who
    stands there twice.

    An epoch of "gru" takes some thirty times as long as one of "feedforward" for 16 steps, and
    time grows with the steps. So does memory: five networks of 64 units that learn from a batch
    of 512 customers of 512 steps hold 3.5 GB, and a smaller `batch_size` less. On CDNOW, whose
    purchases say no more than their counts, recurrent networks order customers as well and are
    further off in size. There, "tweedie" does as well as "ziln", and "mse" worse.

    Training needs tensorflow; a fitted model predicts, and is pickled, without it. Graphs,
    tapes, strategies and precision policies that other code has set do not affect training; a
    device does. A forked process can predict; it can train only if tensorflow was not used
    before the fork.
    O(n_epochs n w) time for n customers and w weights.

    References
    ----------
    .. [1] X. Wang, T. Liu and J. Miao, "A deep probabilistic model for customer lifetime
       value prediction", arXiv:1912.07753, 2019.

    Examples
    --------
    >>> import numpy as np
    >>> from custbase import CLVRegressor
    >>> rng = np.random.default_rng(0)
    >>> X = rng.gamma(2.0, 10.0, size=(400, 2))
    >>> y = X[:, 0] * rng.lognormal(size=400) * (rng.random(400) < 0.4)
    >>> model = CLVRegressor(max_epochs=20, random_state=0).fit(X, y)  # doctest: +SKIP
    >>> print(round(model.predict(X).sum() / y.sum(), 3))  # doctest: +SKIP
    1.0
    """

    score = in_one_order(RegressorMixin.score)

    def __init__(
        self,
        network: str = "feedforward",
        *,
        loss: str = "ziln",
        hidden_units: Any = (64, 32),
        n_networks: int = 5,
        max_epochs: int = 200,
        batch_size: int = 512,
        learning_rate: float = 0.002,
        validation_fraction: float = 0.1,
        random_state: int | np.random.RandomState | None = None,
        verbose: int = 0,
    ) -> None:
        self.network = network
        self.loss = loss
        self.hidden_units = hidden_units
        self.n_networks = n_networks
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.validation_fraction = validation_fraction
        self.random_state = random_state
        self.verbose = verbose

    @whole_or_not_at_all
    def fit(self, X: Any, y: Any, sample_weight: Any = None, groups: Any = None) -> Self:
        """Learn from customers and what they spent afterwards.

        Parameters
        ----------
        X : array or frame of shape (n_customers, n_columns), or array of (n_customers, \
                n_steps, n_channels)
            What was known of the customers: a table of finite numbers, or for recurrent
            networks sequences padded on the left whose first channel is 1 for real steps.
        y : array of shape (n_customers,)
            Money, at least 0.
        sample_weight : array of shape (n_customers,) or None, default=None
            Weights of the customers.
        groups : array of shape (n_customers,) or None, default=None
            Rows that belong together, such as snapshots of one customer at several
            cut-offs: all of them are learnt from, or all validate.

        Returns
        -------
        CLVRegressor
            The fitted regressor itself.

        Raises
        ------
        ImportError
            If tensorflow is not installed.
        RuntimeError
            If tensorflow cannot compute: in a process that was forked from one that had used
            it, or whose eager execution is disabled.
        TypeError, ValueError
            If a parameter is not allowed, `X` is no such table or holds missing values,
            `y` is negative or not finite, weights are none, or `groups` do not fit.
        """
        check_params(self, RULES)
        self.layout_: dict[str, Any] = {
            "network": self.network,
            "loss": self.loss,
            "hidden_units": _check_units(self.hidden_units, self.network),
        }
        X = self._check_rows(X, reset=True)
        y = check_amounts(self, y, len(X), largest=np.finfo(np.float64).max)
        weight = check_sample_weight(sample_weight, X[:, 0] if X.ndim == 3 else X)
        parts = np.arange(len(X)) if groups is None else check_groups(groups, len(X))
        if not (counts := weight > 0).all():
            X, y, weight, parts = X[counts], y[counts], weight[counts], parts[counts]
        weight = weight / weight.max()
        weight = np.maximum(weight / weight.mean(), np.finfo(np.float32).tiny)
        learn = learn_scaling if self.network == "feedforward" else learn_channels
        self.scaling_ = learn(X.astype(np.float64), weight)
        self.largest_ = float(y.max())
        self.unit_ = learn_unit(y, weight, self.loss)
        self._train(self._scale(X), make_target(y, self.unit_, self.loss), weight, parts)
        self.scale_ = 1.0
        self.scale_ = _ratio_of_totals(y, self._predict_rows(X), weight, self.largest_)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Expected value of customers.

        Parameters
        ----------
        X : array or frame as in ``fit``
            The customers.

        Returns
        -------
        ndarray of shape (n_customers,)
            Money, in the unit of ``y``, at least 0.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as in ``fit``.
        """
        check_is_fitted(self)
        return self._predict_rows(self._check_rows(X, reset=False))

    def predict_quantile(self, X: Any, q: float = 0.5) -> np.ndarray:
        """Value that customers stay below with some probability.

        Parameters
        ----------
        X : array or frame as in ``fit``
            The customers.
        q : float, default=0.5
            The probability, in [0, 1).

        Returns
        -------
        ndarray of shape (n_customers,)
            Money, in the unit of ``y``; 0 for those who spend nothing with at least that
            probability.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as in ``fit``, `q` is out of range, or the model was fitted with
            another loss than "ziln".
        """
        self._need_distribution("predict_quantile")
        X = self._check_rows(X, reset=False)
        check_value("q", q, Number(0, 1, high_open=True))
        unit = self.unit_
        return self._gather(X, lambda outputs: ziln_quantile(outputs, unit, float(q)))

    def predict_positive(self, X: Any) -> np.ndarray:
        """Probability that customers spend anything.

        Parameters
        ----------
        X : array or frame as in ``fit``
            The customers.

        Returns
        -------
        ndarray of shape (n_customers,)
            Probabilities.

        Raises
        ------
        TypeError, ValueError
            If `X` is not as in ``fit``, or the model was fitted with another loss than
            "ziln".
        """
        self._need_distribution("predict_positive")
        X = self._check_rows(X, reset=False)
        unit = self.unit_
        return self._gather(X, lambda outputs: split_ziln(outputs, unit)[0].mean(axis=0))

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        is_table = self.network == "feedforward"
        tags.input_tags.two_d_array = is_table
        tags.input_tags.three_d_array = not is_table
        tags.target_tags.positive_only = True
        tags.regressor_tags.poor_score = True  # checks of few customers, whose y is no money
        return tags

    def _check_rows(self, X: Any, *, reset: bool) -> np.ndarray:
        """Validate a table or sequences, whichever the network reads."""
        network = self.layout_["network"]
        if network != "feedforward":
            X = check_sequences(self, X, reset=reset)
            refuse_other_masks(X)
            return X
        if getattr(X, "ndim", None) == 3:
            raise ValueError(
                "X must have two dimensions for network='feedforward'. Found array with dim 3, "
                "sequences: take network='gru' for them."
            )
        return check_matrix(self, X, reset=reset)

    def _scale(self, X: np.ndarray) -> Inputs:
        """Make of checked rows what networks read."""
        X = X.astype(np.float64)
        if self.layout_["network"] == "feedforward":
            return wrap_columns(scale_columns(X, self.scaling_))
        return scale_channels(X, self.scaling_)

    def _train(
        self, inputs: Inputs, target: np.ndarray, weight: np.ndarray, parts: np.ndarray
    ) -> None:
        """Set the weights of the networks."""
        rng = check_random_state(self.random_state)
        loss = self.layout_["loss"]
        shape = self._shape(inputs)
        bias = start_outputs(target, weight, loss)
        kinds = rng.permutation(np.unique(parts))
        held_out = np.isin(parts, kinds[: int(self.validation_fraction * len(kinds) + 1e-9)])
        trained = train_networks(
            shape,
            draw_weights(shape, bias, self.n_networks, rng),
            LOSSES[loss],
            Rows(*(part.astype(np.float32) for part in (*inputs, target, weight))),
            held_out,
            Schedule(self.max_epochs, self.batch_size, self.learning_rate),
            rng,
            needed_by="CLVRegressor.fit",
            report=_print_epoch if self.verbose else None,
        )
        self.weights_, self.n_epochs_ = trained.weights, trained.n_epochs
        self.validation_loss_ = trained.losses

    def _shape(self, inputs: Inputs) -> Shape:
        layout = self.layout_
        return Shape(
            layout["network"],
            inputs.steps.shape[2],
            inputs.columns.shape[1],
            layout["hidden_units"],
            N_OUTPUTS[layout["loss"]],
        )

    def _gather(self, X: np.ndarray, answer: Any) -> np.ndarray:
        """Run the networks over blocks of checked rows, and join what `answer` makes of them."""
        # float64, or answers would depend on who else is asked about.
        weights = [array.astype(np.float64) for array in self.weights_]

        def answer_block(rows: slice) -> np.ndarray:
            inputs = self._scale(X[rows])
            return answer(run_network(NUMPY, self._shape(inputs), weights, *inputs))

        blocks = row_chunks(len(X), ROWS_AT_ONCE)
        # Products of a step are small: threads of BLAS would wait for each other at every one.
        with ONE_BLAS_THREAD, thread_map(None, len(blocks)) as run:
            return np.concatenate(run(answer_block, blocks))

    def _predict_rows(self, X: np.ndarray) -> np.ndarray:
        """Expected value of checked rows."""
        unit, largest, loss = self.unit_, self.largest_, self.layout_["loss"]
        money = self._gather(X, lambda outputs: mean_money(outputs, unit, largest, loss))
        with np.errstate(over="ignore"):
            return np.minimum(money * self.scale_, np.finfo(np.float64).max)

    def _need_distribution(self, method: str) -> None:
        """Raise unless the fitted loss has a distribution."""
        check_is_fitted(self)
        if (loss := self.layout_["loss"]) != "ziln":
            raise ValueError(
                f"{method} needs a distribution of money, which loss='ziln' learns; got a model "
                f"fitted with loss={loss!r}. Fit it with loss='ziln'."
            )


def _check_units(hidden_units: Any, network: str) -> tuple[int, ...]:
    """Validate the sizes of the hidden layers."""
    if getattr(hidden_units, "ndim", 1) != 1:
        raise ValueError(
            "CLVRegressor: hidden_units must list the units of each layer, such as (64, 32); got "
            f"{shorten(hidden_units)}."
        )
    for units in hidden_units:
        check_value("CLVRegressor: each of hidden_units", units, Number(1, integer=True))
    if network != "feedforward" and not len(hidden_units):
        raise ValueError(
            f"CLVRegressor: hidden_units must have at least one number for network={network!r}, "
            "the units of the recurrent layer; got none."
        )
    return tuple(int(units) for units in hidden_units)


def _ratio_of_totals(
    y: np.ndarray, predicted: np.ndarray, weight: np.ndarray, unit: float
) -> float:
    """Weighted total of amounts over that of predictions, 1 if it is none."""
    if unit == 0:
        return 1.0
    with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
        ratio = (weight @ (y / unit)) / (weight @ (predicted / unit))
    return float(ratio) if np.isfinite(ratio) else 1.0


def _print_epoch(epoch: int, losses: np.ndarray) -> None:
    shown = ", ".join(f"{loss:.4f}" for loss in losses)
    print(f"[CLVRegressor] epoch {epoch}: validation loss {shown}")  # noqa: T201
