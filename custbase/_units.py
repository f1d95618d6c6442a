"""Units of time: real numbers of days, never snapped to the calendar."""

from __future__ import annotations

from ._params import OneOf

DAYS_IN_UNIT = {"D": 1.0, "W": 7.0, "M": 30.4375, "Y": 365.25}
UNIT = OneOf(tuple(DAYS_IN_UNIT))
