from __future__ import annotations

import threading
from contextlib import ExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from threadpoolctl import threadpool_info

from custbase._threads import ONE_BLAS_THREAD, count_threads, row_chunks, thread_map


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
    def count() -> list[int]:
        return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]

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
