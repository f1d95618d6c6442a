"""split_users: users to learn from, and others who come with some of their items."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array
from sklearn.utils import check_random_state

from .._params import check_value
from ._split_items import SIZE, check_split, hold_out, read_matrix, take_share


class UserSplit(NamedTuple):
    """Users to learn from, and test users with some of their items held out."""

    train: csr_array
    history: csr_array
    held_out: csr_array
    train_users: np.ndarray
    test_users: np.ndarray


def split_users(
    X: Any,
    *,
    test_size: float = 0.2,
    held_out_size: float = 0.2,
    random_state: int | np.random.RandomState | None = None,
) -> UserSplit:
    """Keep test users out of training, and fold them in with some of their items.

    It shows what a recommender does for users whom it has not seen; all items of the
    others are learnt from.

    Parameters
    ----------
    X : sparse matrix or array of shape (n_users, n_items)
        Interactions; stored zeros are none.
    test_size : float or int, default=0.2
        Test users: a share in (0, 1) of all, rounded down but at least one, or a number.
    held_out_size : float or int, default=0.2
        Items of a test user that are held out, as in `split_items`.
    random_state : int, RandomState or None, default=None
        Seed of the draws; None draws anew each time.

    Returns
    -------
    UserSplit
        A named tuple:

        - ``train``, a csr_array of shape (n_train, n_items): all of the other users;
        - ``history``, a csr_array of shape (n_test, n_items): what is known of the test
          users;
        - ``held_out``, a csr_array of the same shape: what is to be found;
        - ``train_users`` and ``test_users``, arrays of int: their rows of `X`, ascending.

    Raises
    ------
    TypeError, ValueError
        If an argument is not as described, `X` looks like a log, nobody is left to learn
        from, or no test user has enough items.

    See Also
    --------
    split_items : Holds out items of all users.
    split_by_time : Held-out items that come later.

    Notes
    -----
    Use it as ``recommender.fit(train).score(history, held_out)``. Liang et al. [1]_ call it
    strong generalization. Items that only test users have are empty columns of ``train``.

    References
    ----------
    .. [1] D. Liang, R. G. Krishnan, M. D. Hoffman and T. Jebara, "Variational autoencoders
       for collaborative filtering", WWW 2018.

    Examples
    --------
    >>> from custbase.model_selection import split_users
    >>> purchases = [[1, 1, 1, 0], [0, 1, 1, 1], [1, 1, 0, 1], [1, 0, 1, 1]]
    >>> split = split_users(purchases, test_size=1, held_out_size=1, random_state=0)
    >>> split.test_users
    array([2])
    >>> split.train.shape
    (3, 4)
    >>> split.history.nnz, split.held_out.nnz
    (2, 1)
    """
    check_value("test_size", test_size, *SIZE)
    check_split(held_out_size, random_state)
    interactions = read_matrix(X)
    n_users = interactions.shape[0]
    n_test = max(1, take_share(test_size, n_users))
    if n_test >= n_users:
        raise ValueError(
            f"test_size must leave users to learn from; got {test_size!r} for {n_users} users."
        )
    rng = check_random_state(random_state)
    is_test = np.zeros(n_users, dtype=bool)
    is_test[rng.permutation(n_users)[:n_test]] = True
    history, held_out = hold_out(interactions[is_test], held_out_size, rng)
    return UserSplit(
        interactions[~is_test],
        history,
        held_out,
        np.flatnonzero(~is_test),
        np.flatnonzero(is_test),
    )
