from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import custbase

FRAME = pd.DataFrame({"orders": [1.0, 1.2, 9.0, 9.1], "money": [10.0, 11.0, 400.0, 410.0]})


def test_reaches_a_method_behind_a_pipeline() -> None:
    pipe = make_pipeline(StandardScaler(), custbase.SegmentClusterer(2, random_state=0)).fit(FRAME)
    through = custbase.call(pipe, "profile", FRAME, describe=FRAME)
    by_hand = pipe[-1].profile(pipe[:-1].transform(FRAME), describe=FRAME)
    pd.testing.assert_frame_equal(through, by_hand)


@pytest.mark.parametrize("wrap", [False, True])
def test_an_estimator_without_steps_before(wrap: bool) -> None:
    model = custbase.SegmentClusterer(2, random_state=0)
    model = (make_pipeline(model) if wrap else model).fit(FRAME)
    np.testing.assert_array_equal(custbase.call(model, "predict", FRAME), model.predict(FRAME))


def test_unknown_method_is_named() -> None:
    model = custbase.SegmentClusterer(2, random_state=0).fit(FRAME)
    with pytest.raises(AttributeError, match="SegmentClusterer, has no method 'select'"):
        custbase.call(model, "select", FRAME)
