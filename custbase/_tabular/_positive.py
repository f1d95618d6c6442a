"""Which of two classes is the positive one."""

from __future__ import annotations

from typing import Any

import numpy as np

from .._warn import warn
from ..exceptions import CustbaseWarning

# Classes, in any case, and what is "it happened" to any reader beside them.
PLAIN = {"0": "1", "-1": "1", "false": "true", "no": "yes", "n": "y", "f": "t"}


def find_positive_class(classes: np.ndarray, pos_label: Any, what: str) -> int:
    """Position of the positive class.

    Parameters
    ----------
    classes : ndarray of shape (2,)
        The classes, sorted.
    pos_label : object
        The label that the user gave; None for "yes" beside "no" and such, or else the second
        class.
    what : str
        What the positive class means, such as "churn".

    Returns
    -------
    int
        0 or 1.

    Raises
    ------
    ValueError
        If `pos_label` is no class.

    Warns
    -----
    CustbaseWarning
        If nothing but the alphabet says which class it is.
    """
    if pos_label is not None:
        found = [label == pos_label for label in classes.tolist()]
        if not any(found):
            numbered = ""
            if {_plain_name(label) for label in classes.tolist()} == {"0", "1"}:
                numbered = (
                    " If y was given with other labels, a wrapper such as VotingClassifier, "
                    "StackingClassifier or BaggingClassifier has numbered them in sorted order: "
                    "give pos_label=1 for the last one, or 0 for the first."
                )
            raise ValueError(
                f"pos_label must be one of the classes {', '.join(map(repr, classes.tolist()))}; "
                f"got {pos_label!r}.{numbered}"
            )
        return found.index(True)
    plain = find_plain(classes.tolist())
    if plain is not None:
        return plain
    second = classes.tolist()[1]
    warn(
        f"pos_label=None takes {second!r} for {what}, because it comes last of "
        f"{', '.join(map(repr, classes.tolist()))}. Say which it is, for instance "
        f"pos_label={classes.tolist()[0]!r}.",
        CustbaseWarning,
    )
    return 1


def find_plain(labels: list[Any]) -> int | None:
    """Position of "yes", 1, True and such beside their opposites; None of other labels."""
    if len(labels) != 2:
        return None
    one, other = map(_plain_name, labels)
    if PLAIN.get(one) == other:
        return 1
    return 0 if PLAIN.get(other) == one else None


def _plain_name(label: Any) -> str:
    if isinstance(label, float) and label.is_integer():
        label = int(label)
    return str(label).strip().lower()
