"""What every recommender must do, as checks that anyone can run on their own."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.sparse import coo_array, csc_array, csr_array, csr_matrix
from sklearn.base import clone

from ..metrics import ndcg_at_k

Check = Callable[[Any], None]


def check_recommender(recommender: Any, *, personal: bool = True) -> None:
    """Check that a recommender keeps the promises of this room.

    Parameters
    ----------
    recommender : estimator
        An unfitted recommender with ``fit(X)``, ``predict(X)``, ``recommend(X, n,
        exclude_seen=, items=)`` and ``score(X, y)`` on matrices of customers and items,
        and the parameter ``n_recommendations``. It is cloned. The matrices have some
        tens of customers and items: what is learnt must not need more, so take few
        factors, for instance.
    personal : bool, default=True
        Whether recommendations depend on what a customer has. False for those that only
        count.

    Raises
    ------
    AssertionError
        If a promise is broken; the message says which.

    See Also
    --------
    recommender_checks : The same, one by one.

    Examples
    --------
    >>> from custbase import PopularityRecommender
    >>> from custbase.recommendation import check_recommender
    >>> check_recommender(PopularityRecommender(), personal=False)
    """
    for check in recommender_checks(personal=personal):
        check(recommender)


def recommender_checks(*, personal: bool = True) -> list[Check]:
    """List the checks of `check_recommender`, for ``pytest.mark.parametrize``.

    Parameters
    ----------
    personal : bool, default=True
        As in `check_recommender`.

    Returns
    -------
    list of callable
        Each takes an unfitted recommender, and raises AssertionError.

    See Also
    --------
    check_recommender : All of them at once.

    Examples
    --------
    >>> from custbase.recommendation import recommender_checks
    >>> recommender_checks()[0].__name__
    'check_finds_the_missing_item'
    """
    checks: list[Check] = [
        check_finds_the_missing_item,
        check_shapes_and_order,
        check_never_recommends_what_is_there,
        check_fills_up_exactly,
        check_newcomers_get_what_is_popular,
        check_filter,
        check_customers_do_not_matter_to_each_other,
        check_few_are_the_first_of_many,
        check_formats,
        check_nothing_is_written,
        check_clone_pickle_and_repeat,
        check_score,
        check_refuses,
    ]
    return [*checks, check_finds_the_own_group] if personal else checks


def make_groups(n_groups: int, n_customers: int = 12, n_items: int = 6) -> np.ndarray:
    """Draw up purchases whose right answer is known.

    Parameters
    ----------
    n_groups : int
        Groups of customers, who have the items of their own group.
    n_customers, n_items : int, default=12, 6
        Of each group. Customer c misses item c modulo `n_items`.

    Returns
    -------
    ndarray of shape (n_groups * n_customers, n_groups * n_items + 1)
        Zeros and ones; the last item is that of the first customer alone.
    """
    one = np.ones((n_customers, n_items))
    one[np.arange(n_customers), np.arange(n_customers) % n_items] = 0.0
    together = np.zeros((n_groups * n_customers, n_groups * n_items + 1))
    for group in range(n_groups):
        rows = slice(group * n_customers, (group + 1) * n_customers)
        together[rows, group * n_items : (group + 1) * n_items] = one
    together[0, -1] = 1.0
    return together


def draw_purchases(n_customers: int = 40, n_items: int = 15) -> np.ndarray:
    """Draw counts of purchases of few very popular items and many others, and two newcomers."""
    rng = np.random.default_rng(0)
    popularity = 0.6 / np.sqrt(np.arange(1, n_items + 1))
    X = rng.poisson(1.5, (n_customers, n_items)) * (rng.random((n_customers, n_items)) < popularity)
    X[[3, 17]] = 0
    X[5] = 1  # who has everything
    return X.astype(np.float64)


def check_finds_the_missing_item(recommender: Any) -> None:
    X = make_groups(1)
    found = _copy(recommender).set_params(n_recommendations=1).fit(csr_array(X)).predict(X)
    missing = np.arange(12) % 6
    _demand(np.array_equal(found[:, 0], missing), "recommend what everyone else has")


def check_finds_the_own_group(recommender: Any) -> None:
    X = make_groups(3)
    found = _copy(recommender).set_params(n_recommendations=1).fit(csr_array(X)).predict(X)
    missing = np.repeat([0, 6, 12], 12) + np.tile(np.arange(12) % 6, 3)
    _demand(np.array_equal(found[:, 0], missing), "recommend what the own group has")


def check_shapes_and_order(recommender: Any) -> None:
    X = draw_purchases()
    indices, scores = _copy(recommender).fit(X).recommend(X, 6)
    _demand(indices.shape == scores.shape == (len(X), 6), "return n items a row")
    _demand(indices.dtype.kind == "i" and scores.dtype.kind == "f", "return numbers of items")
    for row in range(len(X)):
        is_scored = ~np.isnan(scores[row])
        n_scored = int(is_scored.sum())
        _demand(bool(is_scored[:n_scored].all()), "put what has no score last")
        _demand(bool((indices[row, :n_scored] >= 0).all()), "give no score to no item")
        pairs = list(zip(-scores[row, :n_scored], indices[row, :n_scored], strict=True))
        _demand(pairs == sorted(pairs), "order by score, then by item")
        there = indices[row] >= 0
        _demand(bool(there[: there.sum()].all()), "leave places empty at the end only")


def check_never_recommends_what_is_there(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).fit(X)
    for n in (1, 5, 15, 40):
        indices, _ = fitted.recommend(X, n)
        for row in range(len(X)):
            listed = indices[row][indices[row] >= 0]
            _demand(not X[row, listed].any(), "never recommend what a customer has")
            _demand(len(set(listed)) == len(listed), "recommend an item once")
    seen, _ = fitted.recommend(X, 15, exclude_seen=False)
    is_seen = np.take_along_axis(X, np.where(seen >= 0, seen, 0), axis=1) > 0
    _demand(bool((is_seen & (seen >= 0)).any()), "recommend seen items with exclude_seen=False")


def check_fills_up_exactly(recommender: Any) -> None:
    X = draw_purchases()
    n_free = (X == 0).sum(axis=1)
    for n in (1, 4, 15, 40):
        indices, _ = _copy(recommender).fit(X).recommend(X, n)
        found = (indices >= 0).sum(axis=1)
        _demand(
            np.array_equal(found, np.minimum(n, n_free)),
            "return n items, or all that the customer does not have",
        )


def check_newcomers_get_what_is_popular(recommender: Any) -> None:
    X = draw_purchases()
    newcomers = _copy(recommender).fit(X).recommend(np.zeros((2, 15)), 15)[0]
    popular = np.argsort(-(X > 0).sum(axis=0), kind="stable")
    _demand(np.array_equal(newcomers, [popular, popular]), "recommend popular items to newcomers")


def check_filter(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).fit(X)
    all_items, all_scores = fitted.recommend(X, 15)
    allowed = [12, 1, 7, 3]
    some_items, some_scores = fitted.recommend(X, 15, items=np.array(allowed))
    for row in range(len(X)):
        is_allowed = np.isin(all_items[row], allowed)
        listed = some_items[row] >= 0
        _demand(
            np.array_equal(all_items[row][is_allowed], some_items[row][listed])
            and np.array_equal(
                all_scores[row][is_allowed], some_scores[row][listed], equal_nan=True
            ),
            "recommend of the items asked for as it does of all",
        )


def check_customers_do_not_matter_to_each_other(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).fit(X)
    indices, scores = fitted.recommend(X, 8)
    for row in range(len(X)):
        alone, alone_scores = fitted.recommend(X[[row]], 8)
        _demand(np.array_equal(alone[0], indices[row]), "answer one customer as it does in a batch")
        _demand(
            np.allclose(alone_scores[0], scores[row], rtol=1e-9, equal_nan=True),
            "score one customer as it does in a batch",
        )


def check_few_are_the_first_of_many(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).set_params(n_recommendations=4).fit(X)
    many, scores = fitted.recommend(X, 12)
    few, few_scores = fitted.recommend(X, 4)
    _demand(np.array_equal(many[:, :4], few), "put the same items first whatever n is")
    _demand(np.array_equal(scores[:, :4], few_scores, equal_nan=True), "score alike whatever n is")
    _demand(np.array_equal(few, fitted.predict(X)), "predict what it recommends")


def check_formats(recommender: Any) -> None:
    X = draw_purchases()
    expected = _copy(recommender).fit(csr_array(X)).recommend(X, 5)
    rows, columns = np.indices(X.shape)
    zeros = csr_array((X.ravel(), (rows.ravel(), columns.ravel())), X.shape)  # all cells are stored
    halves = coo_array((np.tile(X[X != 0] / 2, 2), tuple(np.tile(np.nonzero(X), 2))), X.shape)
    integers = csr_array(X.astype(np.int64))
    for other in (X, csr_matrix(X), csc_array(X), halves, zeros, integers, np.asfortranarray(X)):
        found = _copy(recommender).fit(other).recommend(other, 5)
        _demand(
            np.array_equal(found[0], expected[0])
            and np.array_equal(found[1], expected[1], equal_nan=True),
            f"take {type(other).__name__} as it takes CSR, stored zeros for nothing",
        )


def check_nothing_is_written(recommender: Any) -> None:
    X = csr_array(draw_purchases())
    X.data[0] = 0.0
    before = X.data.copy(), X.indices.copy(), X.indptr.copy()
    mine = _copy(recommender)
    params = mine.get_params()
    items = np.array([9, 2, 2, 14])
    mine.fit(X).recommend(X, 5, items=items)
    _demand(items.tolist() == [9, 2, 2, 14], "leave items as they are")
    after = X.data, X.indices, X.indptr
    _demand(all(map(np.array_equal, before, after)), "leave X as it is")
    _demand(repr(mine.get_params()) == repr(params), "leave its parameters as they are")


def check_clone_pickle_and_repeat(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).fit(X)
    expected = fitted.recommend(X, 6)
    others = {"a pickle": pickle.loads(pickle.dumps(fitted)), "a clone": clone(fitted).fit(X)}
    if "n_jobs" in fitted.get_params():
        others |= {
            f"{n_jobs} threads": clone(fitted).set_params(n_jobs=n_jobs).fit(X) for n_jobs in (1, 3)
        }
    for name, other in others.items():
        found = other.recommend(X, 6)
        _demand(
            np.array_equal(found[0], expected[0])
            and np.array_equal(found[1], expected[1], equal_nan=True),
            f"recommend the same, to the last bit, as {name}",
        )


def check_score(recommender: Any) -> None:
    X = draw_purchases()
    rng = np.random.default_rng(1)
    held_out = np.where(rng.random(X.shape) < 0.2, X, 0.0)
    history = csr_array(X - held_out)
    fitted = _copy(recommender).fit(history, csr_array(held_out))
    found = fitted.score(history, csr_array(held_out))
    expected = ndcg_at_k(held_out, fitted.predict(history))
    _demand(found == expected, "score by the NDCG of what it predicts")
    ignored = _copy(recommender).fit(history).predict(history)
    _demand(np.array_equal(ignored, fitted.predict(history)), "ignore y in fit")


def check_refuses(recommender: Any) -> None:
    X = draw_purchases()
    fitted = _copy(recommender).fit(X)
    wrong = np.where(X == 0, np.nan, X)
    _demand_error(lambda: _copy(recommender).fit(wrong), "NaN in fit")
    _demand_error(lambda: fitted.predict(wrong), "NaN in predict")
    _demand_error(lambda: fitted.predict(X[:, 1:]), "another number of items")
    _demand_error(lambda: fitted.recommend(X, 0), "n=0")
    _demand_error(lambda: fitted.recommend(X, 2, items=[15]), "an item that there is not")
    _demand_error(lambda: fitted.recommend(X, 2, items=[]), "no items to choose from")
    _demand_error(lambda: fitted.score(X, None), "no y to score by")


def _copy(recommender: Any) -> Any:
    """Clone a recommender; one that draws numbers draws the same every time."""
    mine = clone(recommender)
    return mine.set_params(random_state=0) if "random_state" in mine.get_params() else mine


def _demand(is_kept: bool, promise: str) -> None:
    """Raise unless a promise is kept, whether or not Python runs its asserts."""
    if not is_kept:
        raise AssertionError(f"A recommender must {promise}.")


def _demand_error(call: Callable[[], Any], what: str) -> None:
    try:
        call()
    except (TypeError, ValueError):
        return
    raise AssertionError(f"A recommender must refuse {what} with a ValueError or TypeError.")
