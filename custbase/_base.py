"""What every estimator of custbase shares. Think twice before adding to it."""

from __future__ import annotations

import warnings
from typing import Any

from sklearn.base import BaseEstimator

from . import __version__
from .exceptions import InconsistentVersionWarning


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
            warnings.warn(
                f"{type(self).__name__} was pickled by custbase {written or 'of unknown version'} "
                f"and is read by {__version__}: fit it again if results matter.",
                InconsistentVersionWarning,
                stacklevel=2,
            )
        super().__setstate__(state)
