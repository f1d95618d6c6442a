from __future__ import annotations

import pickle

import numpy as np
import pytest

from custbase import SegmentClusterer, __version__
from custbase.exceptions import InconsistentVersionWarning


def fitted() -> SegmentClusterer:
    return SegmentClusterer(2, random_state=0).fit(np.array([[0.0], [0.1], [5.0], [5.1]]))


def test_pickle_of_this_version_loads_quietly() -> None:
    model = fitted()
    again = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(again.labels_, model.labels_)
    assert "_custbase_version" not in vars(again)


@pytest.mark.parametrize("written", ["0.0.1", None])
def test_pickle_of_another_version_warns(written: str | None) -> None:
    state = {**fitted().__getstate__(), "_custbase_version": written}
    if written is None:
        del state["_custbase_version"]
    again = SegmentClusterer.__new__(SegmentClusterer)
    with pytest.warns(InconsistentVersionWarning, match=f"SegmentClusterer .*{__version__}"):
        again.__setstate__(state)
    assert again.n_clusters_ == 2


def test_a_failed_fit_leaves_the_estimator_as_it_was() -> None:
    X = np.array([[0.0, 1], [0.1, 1], [5.0, 2], [5.1, 2]])
    model = SegmentClusterer(3, random_state=0).fit(X)
    expected = model.predict(X)
    with pytest.raises(ValueError, match="n_clusters must be at most"):
        model.fit(X[:2, :1])
    assert model.n_features_in_ == 2
    np.testing.assert_array_equal(model.predict(X), expected)

    fresh = SegmentClusterer(3)
    with pytest.raises(ValueError, match="n_clusters must be at most"):
        fresh.fit(X[:2])
    assert vars(fresh) == vars(SegmentClusterer(3))


def test_html_view_links_to_the_page_of_the_class() -> None:
    html = SegmentClusterer()._repr_html_()
    assert "/generated/custbase.segmentation.SegmentClusterer.html" in html
