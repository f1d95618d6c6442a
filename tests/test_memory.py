"""What would not fit into memory is refused before it is tried, with what it needs."""

from __future__ import annotations

import numpy as np
import pytest

from custbase import _memory
from custbase._memory import GIB, refuse_beyond_memory
from custbase.datasets import make_customers, make_purchases, make_segments, make_transactions

HUGE = 10**12
BUSY = {"r": 1e12, "alpha": 1.0, "a": 1.0, "b": 1.0}


@pytest.mark.parametrize(
    ("make", "arguments", "subject"),
    [
        (make_transactions, {"n_customers": HUGE}, f"n_customers={HUGE} needs"),
        (make_transactions, {"n_customers": np.int64(2**62)}, f"n_customers={2**62} needs"),
        (make_transactions, {"params": BUSY}, r"params make [\d,]+ purchases until end,"),
        (
            make_transactions,
            {"params": BUSY, "model": "modified_beta_geo"},
            r"params make [\d,]+ purchases",
        ),
        (
            make_transactions,
            {"params": {"r": 1e90, "alpha": 1e-8, "s": 1e-9, "beta": 1.0}, "model": "pareto_nbd"},
            "params make .* purchases",
        ),
        (make_transactions, {"start": "0001-01-01", "end": "9999-12-31", "acquisition_days": 1,
                             "params": BUSY | {"r": 1e6}}, "params make"),
        (make_customers, {"n_customers": HUGE}, f"n_customers={HUGE} needs"),
        (make_purchases, {"n_customers": HUGE}, f"n_customers={HUGE}, n_products=200 and"),
        (make_purchases, {"n_products": HUGE}, f"n_products={HUGE} and n_tastes=5 need"),
        (make_purchases, {"n_products": HUGE, "n_tastes": 10**7}, "n_tastes=10000000 need"),
        (make_purchases, {"mean_purchases": 1e15}, r"mean_purchases=1e\+15 of n_customers=1000"),
        (make_segments, {"n_samples": HUGE}, f"n_samples={HUGE}, n_clusters=4 and n_features=3"),
        (make_segments, {"n_features": 10**7}, "n_features=10000000 need"),
        (make_segments, {"n_samples": HUGE, "n_clusters": HUGE}, f"n_clusters={HUGE} and"),
    ],
)  # fmt: skip
def test_data_beyond_memory_are_refused_by_name(make, arguments, subject):
    with pytest.raises(MemoryError, match=rf"{subject}.*GiB; [\d.,]+ GiB are available\. Ask for"):
        make(**arguments, random_state=0)


@pytest.mark.parametrize("available", [3 * GIB, None])
def test_what_fits_and_what_nobody_knows_passes(monkeypatch, available):
    monkeypatch.setattr(_memory, "available_memory", lambda: available)
    refuse_beyond_memory(3 * GIB, "it needs", "Ask for less.")


def test_memory_that_is_left_decides(monkeypatch):
    monkeypatch.setattr(_memory, "available_memory", lambda: 3 * GIB - 1)
    with pytest.raises(
        MemoryError, match=r"^it needs 3\.00 GiB; 3\.00 GiB are available\. Stop\.$"
    ):
        refuse_beyond_memory(3 * GIB, "it needs", "Stop.")


def test_few_bytes_pass_unasked(monkeypatch):
    monkeypatch.setattr(_memory, "available_memory", lambda: 1 / 0)
    refuse_beyond_memory(GIB, "it needs", "Ask for less.")


def test_rates_at_the_ends_of_numbers_draw_in_silence():
    for model, rates in [
        ("beta_geo", {"a": 1e-3, "b": 10.0}),
        ("modified_beta_geo", {"a": 1e-4, "b": 10.0}),
        ("pareto_nbd", {"s": 1e-4, "beta": 1.0}),
    ]:
        params = {"r": 1.0, "alpha": 50.0, **rates}
        _, truth = make_transactions(2000, model=model, params=params, random_state=0)
        assert np.isinf(truth["lifetime"]).any()


def test_numbers_beyond_counting_are_written_short(monkeypatch):
    monkeypatch.setattr(_memory, "available_memory", lambda: GIB)
    with pytest.raises(
        MemoryError, match=r"^n=1e\+30 and 2,000 rows need 9.31e\+20 GiB; 1.00 GiB "
    ):
        refuse_beyond_memory(1e30, f"n={10**30} and 2,000 rows need", "Ask for fewer.")
