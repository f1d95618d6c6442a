from __future__ import annotations

import multiprocessing
import os
import threading
from contextlib import ExitStack

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba.core.compiler_lock import global_compiler_lock
from threadpoolctl import threadpool_info

from custbase import BetaGeoModel, GammaGammaModel, ParetoNBDModel
from custbase._threads import (
    FEW_ROWS,
    ONE_BLAS_THREAD,
    as_rows_need,
    count_threads,
    row_chunks,
    thread_map,
)
from custbase.btyd import _gamma_gamma_model, _purchase_model


@given(st.integers(0, 500), st.integers(1, 60))
def test_chunks_cover_every_row_once(n_rows: int, size: int) -> None:
    rows = [row for chunk in row_chunks(n_rows, size) for row in range(chunk.start, chunk.stop)]
    assert rows == list(range(n_rows))


@pytest.mark.parametrize("n_jobs", [1, 2, None, -1])
def test_map_keeps_the_order(n_jobs: int | None) -> None:
    with thread_map(n_jobs, 50) as run:
        assert run(lambda a, b: a * b, range(50), range(50)) == [i * i for i in range(50)]


@pytest.mark.parametrize(("n_jobs", "n_tasks"), [(1, 9), (4, 1)])
def test_one_thread_or_task_makes_no_pool(n_jobs: int, n_tasks: int) -> None:
    with thread_map(n_jobs, n_tasks) as run:
        names = run(lambda _: threading.current_thread().name, range(n_tasks))
    assert set(names) == {threading.current_thread().name}


def test_errors_reach_the_caller() -> None:
    with thread_map(2, 2) as run, pytest.raises(ZeroDivisionError):
        run(lambda i: 1 / i, [1, 0])


def test_none_follows_omp_num_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert count_threads(None) == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "100000,2")
    cores = count_threads(None)
    monkeypatch.delenv("OMP_NUM_THREADS")
    assert count_threads(None) == cores == count_threads(-1)


def test_counts() -> None:
    assert count_threads(3) == 3
    assert count_threads(-100000) == 1


def test_calls_that_overlap_leave_matrix_products_as_they_found_them() -> None:
    count = count_blas_threads
    before = count()
    inside = ONE_BLAS_THREAD
    with inside:
        assert set(count()) <= {1}
        with inside:
            pass
        assert set(count()) <= {1}
    assert count() == before

    first, second = ExitStack(), ExitStack()
    first.enter_context(inside)
    second.enter_context(inside)
    first.close()
    second.close()
    assert count() == before


def test_few_rows_want_one_thread_and_many_all() -> None:
    def count() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info()}

    before = count()
    with as_rows_need(FEW_ROWS + 1):
        assert count() == before
    with as_rows_need(FEW_ROWS):
        assert count() == {1}
        with as_rows_need(10):
            pass
        assert count() == {1}
    assert count() == before
    with pytest.raises(ZeroDivisionError), as_rows_need(10):
        raise ZeroDivisionError
    assert count() == before


def count_blas_threads() -> list[int]:
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def fit_models() -> list[dict[str, float]]:
    rng, n = np.random.default_rng(0), 600
    T = rng.uniform(20, 40, n)
    frequency = rng.poisson(rng.gamma(0.5, 0.1, n) * T)
    recency = np.where(frequency > 0, T * rng.uniform(0.1, 1, n), 0)
    models = (BetaGeoModel(n_jobs=2), ParetoNBDModel(n_jobs=2))
    found = [model.fit(np.column_stack([frequency, recency, T])).params_ for model in models]
    spend = np.column_stack([frequency, rng.gamma(3, 1 / rng.gamma(4, 0.1, n))])
    return [*found, GammaGammaModel(n_jobs=2).fit(spend).params_]


def compile_something() -> float:
    return numba.njit(lambda x: x + 1)(1.0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
@pytest.mark.filterwarnings("ignore:.*these customers do not determine")
@pytest.mark.parametrize("busy", ["idle", "fits", "products", "compiles"])
def test_a_forked_process_waits_for_no_thread_of_its_parent(
    busy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Rows that are too many for one thread.
    monkeypatch.setattr(_purchase_model, "TASK_ROWS", 100)
    monkeypatch.setattr(_gamma_gamma_model, "TASK_ROWS", 100)
    expected, n_blas = fit_models(), count_blas_threads()
    inside, leave = threading.Event(), threading.Event()

    def work() -> None:
        if busy == "fits":
            inside.set()
            fit_models()
        elif busy == "products":
            with ONE_BLAS_THREAD:
                inside.set()
                leave.wait()
        elif busy == "compiles":
            with global_compiler_lock:
                inside.set()
                leave.wait(0.5)
        inside.set()

    def in_child(pipe: object) -> None:
        with ONE_BLAS_THREAD:
            held = max(count_blas_threads())
        pipe.send((fit_models(), held, count_blas_threads(), compile_something()))

    thread = threading.Thread(target=work)
    thread.start()
    inside.wait()
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe()
    child = context.Process(target=in_child, args=(there,))
    child.start()
    try:
        assert here.poll(60), "the forked process hangs"
        assert here.recv() == (expected, 1, n_blas, 2.0)
    finally:
        child.kill()
        leave.set()
        thread.join()
        child.join()
    assert count_blas_threads() == n_blas


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes do not fork here")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded")
def test_a_process_that_forks_within_a_product_leaves_it_in_both() -> None:
    before = count_blas_threads()
    context = multiprocessing.get_context("fork")
    with ONE_BLAS_THREAD:
        child = context.Process(target=ONE_BLAS_THREAD.__exit__)
        child.start()
        child.join()
        assert child.exitcode == 0
        assert set(count_blas_threads()) <= {1}
    assert count_blas_threads() == before
