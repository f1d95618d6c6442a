"""What every estimator of custbase shares. Think twice before adding to it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from sklearn.base import BaseEstimator

from . import __version__
from ._joins import in_one_order
from ._warn import warn
from .exceptions import InconsistentVersionWarning

Fit = TypeVar("Fit", bound=Callable[..., Any])


def whole_or_not_at_all(fit: Fit) -> Fit:
    """Leave an estimator as it was when its ``fit`` raises, be it fitted or not.

    Parameters
    ----------
    fit : callable
        A method that learns.

    Returns
    -------
    callable
        The method, which takes back what it set before an error, and refuses columns of
        pandas whose rows are those of the others in another order.
    """

    @in_one_order
    @functools.wraps(fit)
    def fit_whole(self: Any, *args: Any, **kwargs: Any) -> Any:
        before = dict(vars(self))
        try:
            return fit(self, *args, **kwargs)
        except BaseException:
            vars(self).clear()
            vars(self).update(before)
            raise

    return fit_whole  # type: ignore[return-value]


class CustbaseEstimator(BaseEstimator):
    """Documentation link in the HTML view, and a version stamp on fitted estimators.

    scikit-learn stamps only its own classes; an estimator of custbase that is
    unpickled under another version of custbase warns instead of failing later.
    """

    _doc_link_module = "custbase"
    _doc_link_template = "https://custbase.readthedocs.io/en/stable/generated/{estimator_module}.{estimator_name}.html"

    def _doc_link_url_param_generator(self) -> dict[str, str]:
        # Pages are named after the room, the private module inside it is not part of the address.
        room = ".".join(type(self).__module__.split(".")[:2])
        return {"estimator_module": room, "estimator_name": type(self).__name__}

    def __getstate__(self) -> dict[str, Any]:
        return {**super().__getstate__(), "_custbase_version": __version__}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        written = state.pop("_custbase_version", None)
        if written != __version__:
            warn(
                f"{type(self).__name__} was pickled by custbase {written or 'of unknown version'} "
                f"and is read by {__version__}: fit it again if results matter.",
                InconsistentVersionWarning,
            )
        super().__setstate__(state)
