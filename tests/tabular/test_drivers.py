"""Groups of customers that drivers name."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custbase._tabular._drivers import _group_values


@pytest.mark.parametrize(
    ("values", "names", "sizes"),
    [
        ([5.0] * 200 + [1, 1, 2, 2, 3, 3, 4, 4], ["up to 4", "above 4"], [8, 200]),
        ([0.0] * 200 + [1, 2, 3, 4, 5], ["up to 0", "above 0"], [200, 5]),
        ([1.0, 2.0, 2.0], ["1", "2"], [1, 2]),
        ([1.0, np.nan], ["1"], [1]),
        (
            np.arange(1.0, 101.0),
            ["up to 25", "above 25 to 50", "above 50 to 75", "above 75"],
            [25, 25, 25, 25],
        ),
    ],
)
def test_numbers_have_groups_that_are_not_empty(values, names, sizes):
    column = pd.Series(values, dtype=float)
    places, found = _group_values(column, None)
    assert found.tolist() == [*names, "missing"]
    counts = np.bincount(places, minlength=len(found))
    assert counts.tolist() == [*sizes, column.isna().sum()]
