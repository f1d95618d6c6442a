"""What to do with each segment: a table of rules, read from the top."""

from __future__ import annotations

import re
from collections.abc import Mapping
from numbers import Real
from typing import NamedTuple

import numpy as np
import pandas as pd

from .._params import MAPPING, NONE, STRING, Is, OneOf, check_value
from ._action_rules import ANSWERS, CONDITIONS, action_rules
from ._profile import NOTABLE, refuse_repeated_columns

# Role of a column -> how its name is recognised. Order matters: days_since_last_order speaks of
# inactivity and not of orders, returned_items of returns and not of products.
_ROLES = {
    "inactivity": r"\bsince\b|inactive|inactivity|\bidle\b|dormant",
    "recency": r"\brecen(cy|t)\b|\blast (purchase|order|visit)\b",
    "complaints": r"complain",
    "returns": r"\breturns?\b|\breturned\b|refund|cancel",
    "spend": r"\bspen(d|t|ding)\b|money|monetary|revenue|\b(sales|turnover|amount|value)\b",
    "frequency": r"frequency|\b(purchases|orders|transactions|invoices|visits|purchase days)\b",
    "products": r"\b(products|items|quantity|units)\b",
}

_NO_CUSTOMERS = ("Nothing to do now", "No customers in this segment", "None")
_NO_ROLES = (
    "Read what sets this segment apart before deciding",
    "No column is known to mean spend, frequency, complaints or the like: name them in roles",
    "None yet",
)
_NO_EVIDENCE = (
    "Read what sets this segment apart before deciding",
    "All contrasts that the rules look at are missing",
    "None yet",
)


class Standing(NamedTuple):
    """Where a segment stands in one role: "high", "low" or "", and the contrast that says so."""

    level: str
    evidence: str


def segment_actions(
    profile: pd.DataFrame,
    *,
    rules: pd.DataFrame | None = None,
    roles: Mapping[str, str | None] | None = None,
) -> pd.DataFrame:
    """Look up an action, its reason and an offer for every segment.

    Parameters
    ----------
    profile : DataFrame
        What ``SegmentClusterer.profile`` returns; or any table with one row a
        segment whose column ``name``, or else index, holds names that the rules
        know, such as those of RFM scores (Champions, Loyal, At risk, ...).
    rules : DataFrame or None, default=None
        Rules in the columns of `action_rules`, which None stands for; columns of
        conditions may be left out, missing cells do not matter.
    roles : mapping of str to str or None, default=None
        Which described column plays which role, where its name does not say so
        or says so wrongly: ``{"spend": "MntWines"}``; None for a column means
        that no column plays the role. Roles are ``spend, frequency, products,
        complaints, returns, recency`` (high means bought recently) and
        ``inactivity`` (high means bought long ago), which counts as recency
        reversed. Roles that are not given are recognised by name, as in
        money_spent, monetary_value, frequency, products_purchased, complains,
        returns, recency and days_since_purchase.

    Returns
    -------
    DataFrame
        Index of `profile`, columns ``action, reason, offer``. A column is high
        or low in a segment from a contrast of 0.5 standard deviations on, and
        the reason quotes the contrasts that decided. A missing contrast is no
        evidence: it fulfils no condition and is not quoted. A segment that no
        rule fits, or a profile in which no role is recognised, gets a row that
        says so.

    Raises
    ------
    TypeError, ValueError
        If `profile`, `rules` or `roles` cannot be used: columns that share a
        name, contrasts that are no numbers, unknown conditions or roles. The
        message names the column.

    See Also
    --------
    SegmentClusterer.profile : The table of segments.
    action_rules : The rules, to be edited.

    Examples
    --------
    >>> import pandas as pd
    >>> from custbase.segmentation import segment_actions
    >>> profile = pd.DataFrame({
    ...     "name": ["High money spent", "Many complaints"],
    ...     "contrast_money_spent": [1.2, -0.4],
    ...     "contrast_complains": [-0.3, 0.9],
    ... })
    >>> for line in segment_actions(profile)["action"]:
    ...     print(line)
    Keep them close
    Find the cause of the complaints and repair it
    """
    check_value("profile", profile, Is((pd.DataFrame,), "a DataFrame with one row a segment"))
    check_value("rules", rules, Is((pd.DataFrame,), "a DataFrame such as action_rules()"), NONE)
    check_value("roles", roles, MAPPING, NONE)
    refuse_repeated_columns(profile.columns, "profile")
    table = _check_rules(action_rules() if rules is None else rules)
    columns = _find_columns(profile, {} if roles is None else roles)
    contrasts = {role: _read_contrasts(profile, column) for role, column in columns.items()}
    answers = []
    for row, name in enumerate(profile.get("name", profile.index)):
        standing = {
            role: _stand(role, column, contrasts[role][row])
            for role, column in columns.items()
            if not np.isnan(contrasts[role][row])
        }
        if "inactivity" in standing:
            standing.setdefault("recency", standing["inactivity"])
        empty = "size" in profile and profile["size"].iloc[row] == 0
        unknown = _NO_EVIDENCE if columns else _NO_ROLES
        answers.append(_NO_CUSTOMERS if empty else _answer(str(name), standing, table, unknown))
    return pd.DataFrame(answers, columns=list(ANSWERS), index=profile.index)


def _check_rules(rules: pd.DataFrame) -> list[dict[str, str]]:
    """Rules as dictionaries of strings, empty where a condition does not matter."""
    refuse_repeated_columns(rules.columns, "rules")
    if missing := [column for column in ANSWERS if column not in rules]:
        raise ValueError(f"rules must have the columns {list(ANSWERS)}; {missing} are missing.")
    known = ["name", *CONDITIONS, *ANSWERS]
    if unknown := [column for column in rules if column not in known]:
        raise ValueError(f"rules may have the conditions {known[:-3]}; got {unknown} too.")
    table = []
    for number, row in enumerate(rules.reindex(columns=known).to_numpy(dtype=object)):
        rule = {
            column: "" if pd.isna(cell) else str(cell)
            for column, cell in zip(known, row, strict=True)
        }
        for role in CONDITIONS:
            check_value(f"rules: {role} in row {number}", rule[role], OneOf(("high", "low", "")))
        table.append(rule)
    return table


def _find_columns(profile: pd.DataFrame, roles: Mapping[str, str | None]) -> dict[str, str]:
    """Role -> described column, as given or else by the column's name."""
    described = [
        column.removeprefix("contrast_")
        for column in map(str, profile)
        if column.startswith("contrast_")
    ]
    for role, column in roles.items():
        check_value("roles: a key", role, OneOf(tuple(_ROLES)))
        check_value(f"roles: {role}", column, STRING, NONE)
        if column is not None and column not in described:
            raise ValueError(
                f"roles: {role} must be a column whose contrast the profile holds, one of "
                f"{described}; got {column!r}."
            )
    found = {role: column for role, column in roles.items() if column is not None}
    for column in described:
        words = column.replace("_", " ").lower()
        named = next((role for role, pattern in _ROLES.items() if re.search(pattern, words)), None)
        if named is not None and named not in roles and column not in roles.values():
            found.setdefault(named, column)
    return found


def _read_contrasts(profile: pd.DataFrame, column: str) -> np.ndarray:
    """Contrasts of one described column, NaN where missing."""
    contrasts = profile[f"contrast_{column}"]
    for value in contrasts.dropna():
        if not isinstance(value, Real):
            raise ValueError(
                f"profile: column {contrasts.name!r} must hold numbers, NaN where missing; got "
                f"{value!r}. Convert it with pd.to_numeric, or drop it."
            )
    return contrasts.to_numpy(dtype=np.float64, na_value=np.nan)


def _stand(role: str, column: str, contrast: float) -> Standing:
    """Say whether a segment stands high or low in a role."""
    # Inactivity is recency the other way round, and the rules speak of recency only.
    towards = -contrast if role == "inactivity" else contrast
    level = "high" if towards >= NOTABLE else "low" if towards <= -NOTABLE else ""
    return Standing(level, f"{column} {contrast:+.1f} sd")


def _answer(
    name: str,
    standing: dict[str, Standing],
    rules: list[dict[str, str]],
    unknown: tuple[str, str, str],
) -> tuple[str, str, str]:
    """Action, reason and offer of the first rule that fits one segment; `unknown` if none can."""
    for rule in rules:
        asked = [role for role in CONDITIONS if rule[role]]
        named = not rule["name"] or rule["name"].casefold() == name.casefold()
        if named and all(role in standing and standing[role].level == rule[role] for role in asked):
            evidence = ", ".join(standing[role].evidence for role in asked)
            reason = f"{rule['reason']} ({evidence})" if evidence else rule["reason"]
            return rule["action"], reason, rule["offer"]
    if not standing:
        return unknown
    evidence = ", ".join({stand.evidence: None for stand in standing.values()})
    return "Carry on as with the average customer", f"No rule fits ({evidence})", "Nothing special"
