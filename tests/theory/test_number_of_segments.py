"""How often the elbow is right, on data whose number of segments is known."""

from __future__ import annotations

import numpy as np
import pytest

from custbase import SegmentClusterer
from custbase.datasets import make_segments

pytestmark = pytest.mark.slow


def found(X: np.ndarray) -> int:
    """Number of segments by the defaults."""
    return SegmentClusterer(random_state=0).fit(X).n_clusters_


@pytest.mark.parametrize("family", ["box", "isotropic", "correlated", "logarithm of lognormal"])
def test_structureless_clouds_are_one_segment(family: str) -> None:
    rng = np.random.default_rng(11)
    answers = []
    for _ in range(25):
        shape = (int(rng.integers(200, 2000)), int(rng.integers(1, 8)))
        X = rng.normal(size=shape)
        if family == "box":
            X = rng.uniform(size=shape) * rng.uniform(0.2, 3, shape[1])
        elif family == "correlated":
            X = X @ rng.normal(size=(shape[1], shape[1]))
        elif family == "logarithm of lognormal":
            X = np.log1p(rng.lognormal(3, rng.uniform(0.5, 1.2, shape[1]), shape))
        answers.append(found(X))
    assert np.mean(np.array(answers) > 1) <= 0.05


@pytest.mark.parametrize("kind", ["gaussian", "anisotropic", "heavy_tailed"])
def test_segments_are_counted(kind: str) -> None:
    rng = np.random.default_rng(12)
    right = []
    for seed in range(25):
        k = int(rng.integers(2, 11))
        X, _ = make_segments(
            int(rng.integers(60, 300)) * k,
            n_clusters=k,
            n_features=int(rng.integers(2, 7)),
            kind=kind,
            separation=rng.uniform(5, 9),
            random_state=seed,
        )
        right.append(found(X) == k)
    assert np.mean(right) >= 0.8
