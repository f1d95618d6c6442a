"""Optional packages: one import, one error that says what to install."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType


def import_or_raise(module: str, *, needed_by: str, extra: str | None = None) -> ModuleType:
    """Import an optional module, or say who needs it and how to get it.

    Parameters
    ----------
    module : str
        Dotted name of the module.
    needed_by : str
        The public name the user called.
    extra : str, default=None
        The extra of custbase that installs the package; None if the package is
        a dependency of custbase itself that has no wheel for every Python.

    Returns
    -------
    module
        The imported module.

    Raises
    ------
    ImportError
        If the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        if error.name is not None and error.name.partition(".")[0] != package:
            raise  # the package is there and lacks a dependency of its own: that message is better
        if extra is not None:
            remedy = f"Install it with: pip install 'custbase[{extra}]'"
        elif sys.version_info >= (3, 14):
            remedy = f"{package} publishes no wheel for this Python; use Python 3.13 or older"
        else:
            remedy = f"Install it with: pip install {package}"
        raise ImportError(
            f"{needed_by} needs {package}, which is not installed. {remedy}."
        ) from error
