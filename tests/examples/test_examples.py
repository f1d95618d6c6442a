"""Every example runs as a stranger would run it."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from custbase.datasets import make_purchases
from tests.contract._house import REPOSITORY

FOLDER = REPOSITORY / "examples"
GALLERY = sorted(FOLDER.glob("plot_*.py"))
# The others are slow, some seconds each; the documentation runs them, too.
QUICK = {"plot_campaign_return", "plot_log_to_names"}


def run(script: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a script in a folder of its own, warnings as errors."""
    return subprocess.run(
        [sys.executable, "-W", "error", str(script), *arguments],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env={**os.environ, "MPLBACKEND": "Agg"},
    )


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(path, marks=[] if path.stem in QUICK else [pytest.mark.slow], id=path.stem)
        for path in GALLERY
    ],
)
def test_gallery_example_runs(script: Path, tmp_path: Path) -> None:
    done = run(script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_main_job_on_cdnow(tmp_path: Path) -> None:
    done = run(FOLDER / "customer_base.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "attributed" in done.stdout
    assert "Assumptions" in done.stdout
    out = tmp_path / "build" / "customer_base"
    written = {path.name for path in out.iterdir()}
    assert {
        "log_check.csv",
        "segments.csv",
        "campaign.csv",
        "value.csv",
        "contact_list.csv",
        "elbow.png",
        "segments.png",
        "segments_3d.png",
        "campaign.png",
    } <= written
    contacts = pd.read_csv(out / "contact_list.csv")
    assert {"customer_id", "segment", "action"} <= set(contacts)
    assert contacts["customer_id"].is_unique
    report = pd.read_csv(out / "campaign.csv", index_col="segment")
    assert report.index[-1] == "total"
    assert report["n_customers"].iloc[:-1].sum() == report.loc["total", "n_customers"]
    stakes = pd.read_csv(out / "value.csv", index_col="segment")
    expected = contacts.groupby("segment")["expected_spend"].agg(["size", "mean", "sum"])
    expected.loc["total"] = len(contacts), contacts["expected_spend"].mean(), expected["sum"].sum()
    np.testing.assert_allclose(
        stakes[["n_customers", "expected_spend", "sum_at_stake"]], expected.loc[stakes.index]
    )
    # What a campaign costs, of the margin of 30 % of what is at stake.
    cost = 500 + 1000 + stakes.loc["total", "n_customers"]
    share = cost / (0.3 * stakes.loc["total", "sum_at_stake"])
    assert stakes.loc["total", "share_to_win"] == pytest.approx(share)


def test_main_job_on_a_file(tmp_path: Path) -> None:
    log = pd.DataFrame(
        {
            "client": [f"c{i % 37}" for i in range(400)],
            "when": pd.date_range("2025-01-01", periods=400, freq="D").astype(str),
            "paid": [10.0 + i % 50 for i in range(400)],
        }
    )
    log.to_csv(tmp_path / "orders.csv", index=False)
    columns = ["--customer", "client", "--time", "when", "--amount", "paid"]
    options = ["--log", "orders.csv", "--out", "there", *columns]
    done = run(FOLDER / "customer_base.py", *options, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(pd.read_csv(tmp_path / "there" / "contact_list.csv")) == 37


@pytest.fixture
def job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Run the main job on the text of a log, in this process, warnings as errors."""

    def run_job(log: str, options: str) -> None:
        (tmp_path / "orders.csv").write_text(log)
        arguments = ["customer_base.py", "--log", "orders.csv", *options.split()]
        monkeypatch.setattr(sys, "argv", arguments)
        runpy.run_path(str(FOLDER / "customer_base.py"), run_name="__main__")

    monkeypatch.chdir(tmp_path)
    yield run_job
    plt.close("all")


HEADER = "customer_id,date,amount,bad,day,none\n"
ORDERS = HEADER + "1,2025-01-01,1.0,x,20250101,\n2,2025-06-01,2.0,x,20250601,\n"


REFUSED = [
    (ORDERS, "--log absent.csv", "--log: there is no file absent.csv"),
    ("", "", "--log: orders.csv cannot be read"),
    (HEADER, "", "--log: orders.csv has no rows"),
    ("customer_id,date,amount\n7,2025-01-01,1,5\n", "", "--log: .* Length of header"),
    (ORDERS + ",2025-06-01,2.0,x,,\n", "", "'customer_id' has 1 missing"),
    (ORDERS, "--customer id", "--customer: orders.csv has no column 'id'"),
    (ORDERS, "--customer date", "must be different columns"),
    (ORDERS, "--time bad", "--time: column 'bad': .*2023-01-07"),
    (ORDERS, "--time day", "--time: column 'day': .*20250101.*2023-01-07"),
    (ORDERS, "--time none", "--time: column 'none': it is empty"),
    (ORDERS, "--amount bad", "--amount: column 'bad'"),
    (ORDERS, "--price bad", "--price: column 'bad': .*Write prices as 1234.50"),
    (ORDERS, "--price amount", "must be different columns"),
    (ORDERS, "--product article", "--product: orders.csv has no column 'article'"),
    (ORDERS, "--product none --campaign-weeks 8", "--product: no row of column 'none'"),
    (
        HEADER + ",2025-01-01,1,x,,\n",
        "--leave-out-anonymous",
        "'customer_id' has 1 .* of customer ids",
    ),
    (ORDERS, "--amount none", "'none' has 2 missing values"),
    (ORDERS, "--end foo", "--end: .*2023-01-07.*'foo'"),
    (ORDERS, "--end 2020-01-01", "--end 2020-01-01"),
    (ORDERS, "--campaign-weeks 52", "--campaign-weeks 52"),
    (ORDERS, "--campaign-weeks 0", "--campaign-weeks: .*from 1 .*'0'"),
    (ORDERS, "--cost-per-contact -1", "--cost-per-contact: .*from 0 .*'-1'"),
    (ORDERS, "--implementation-cost -1", "--implementation-cost: .*from 0 "),
    (ORDERS, "--marketing-budget nan", "--marketing-budget: .*from 0 "),
    (ORDERS, "--margin-rate 30", "--margin-rate: .*from 0 to 1.*'30'"),
    (ORDERS, "--random-state -1", "--random-state: .*from 0 "),
    (ORDERS, "--out orders.csv", "--out: "),
    (ORDERS.replace("1.0", "1e308").replace("2.0", "inf"), "", "'amount' has 1 infinite"),
    (ORDERS.replace("2025", "2199"), "", "--end: all rows .* after today"),
]


@pytest.mark.parametrize(
    ("log", "options", "complaint"), REFUSED, ids=[complaint for *_, complaint in REFUSED]
)
def test_main_job_names_the_bad_option(
    job: Callable[[str, str], None],
    capsys: pytest.CaptureFixture[str],
    log: str,
    options: str,
    complaint: str,
) -> None:
    with pytest.raises(SystemExit) as stop:
        job(log, options)
    said = stop.value.code
    if said == 2:  # argparse's
        said = capsys.readouterr().err.splitlines()[-1]
    assert re.search(complaint, said)
    assert "\n" not in said


def test_main_job_refuses_a_file_that_is_not_utf_8(job: Callable[[str, str], None]) -> None:
    Path("utf16.csv").write_text(ORDERS, encoding="utf-16")
    with pytest.raises(SystemExit, match=r"--log: utf16.csv cannot be read.* UTF-8"):
        job("", "--log utf16.csv")


def test_main_job_on_one_customer_and_a_typing_error(
    job: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    dates = ["2025-01-01", "2025-03-01", "2025-06-01", "2099-01-01"]
    job("customer_id,date,amount\n" + "".join(f"007,{day},9.5\n" for day in dates), "--out .")
    said = capsys.readouterr().out
    assert "Segments of the 1 customers as of 2025-03-02" in said
    assert re.search(r"1 rows .* after today, .* day used is 2025-06-01", " ".join(said.split()))
    assert re.search(r"future +warning +1 ", said)
    assert not Path("elbow.png").exists()
    assert "orders.csv" not in said
    assert "these customers do not determine all parameters" in " ".join(said.split())
    assert pd.read_csv("contact_list.csv", dtype=str)["customer_id"].tolist() == ["007"]


def test_main_job_compares_whole_rows_and_takes_any_day(
    job: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{i % 5},2099-{1 + i % 12:02d}-05T10:00+02:00,9,{i}\n" for i in range(60)]
    free = "--cost-per-contact 0 --implementation-cost 0 --marketing-budget 0 --margin-rate 0"
    job("customer_id,date,amount,article\n" + "".join(lines), f"--end 2099-12-31 {free}")
    said = capsys.readouterr().out
    assert re.search(r"duplicates +ok +0 ", said)
    assert "2099-10-01 to 2099-12-31" in said


def read_out(name: str, **options: Any) -> pd.DataFrame:
    """Read a table that the main job wrote to this folder, ids as text."""
    ids = {"customer_id": str, "product": str, "because": str, "recommendation": str}
    return pd.read_csv(name, dtype=ids, keep_default_na=False, **options)


def check_recommendations(log: pd.DataFrame, customer: str, product: str) -> pd.DataFrame:
    """Hold recommendations.csv against the purchases that they come from."""
    table = read_out("recommendations.csv")
    assert list(table) == ["customer_id", "rank", "product", "score", "because"]
    bought = set(zip(log[customer], log[product], strict=True))
    pairs = list(zip(table["customer_id"], table["product"], strict=True))
    assert len({*pairs}) == len(pairs)
    assert not bought & {*pairs}
    assert (table.groupby("customer_id").cumcount() + 1 == table["rank"]).all()
    explained = table[table["because"] != "popular"]
    assert len(explained)
    for row in explained.itertuples():
        assert {(row.customer_id, past) for past in row.because.split(", ")} <= bought
    return table


def test_main_job_recommends_products(
    job: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    log, truth = make_purchases(120, n_products=40, mean_purchases=8, random_state=0)
    log["customer_id"] = [f"{number:03}" for number in log["customer_id"]]
    price = truth.products.set_index("product_id")["price"]
    log["price"] = price[log["product_id"]].to_numpy()
    anonymous = log.head(70).assign(customer_id=None, product_id="p_anonymous")
    returned = log.head(5).assign(product_id="p_returned", quantity=-1, date="2024-01-31 12:00:00")
    unnamed = log.head(3).assign(product_id=None)
    later = log.head(5).assign(product_id="p_later", date="2024-12-31 12:00:00")
    rows = pd.concat([log, anonymous, returned, unnamed, later])
    options = "--amount quantity --price price --product product_id --end 2024-12-30 --out ."
    job(rows.to_csv(index=False), f"{options} --leave-out-anonymous")
    said = " ".join(capsys.readouterr().out.split())
    assert "70 of 1,002 rows (7%) have no customer id" in said
    assert re.search(r"new products popular \d+ 0\.\d{3} .* neighbours \d+ 0\.\d{3}", said)
    known = log[log["date"] < "2024-12-31"]
    table = check_recommendations(known, "customer_id", "product_id")
    assert set(table["product"]) <= set(known["product_id"])
    assert table.groupby("customer_id").size().eq(10).all()
    contacts = read_out("contact_list.csv", index_col="customer_id")
    first = table[table["rank"] == 1].set_index("customer_id")["product"]
    assert contacts["recommendation"].equals(first[contacts.index].rename("recommendation"))
    # Money is price times quantity.
    report = pd.read_csv("campaign.csv", index_col="segment")
    spent = known.assign(money=known["price"] * known["quantity"])
    spent = spent[spent["date"] >= "2024-10-01"]
    before = known.loc[known["date"] < "2024-10-01", "customer_id"]
    expected = spent.loc[spent["customer_id"].isin(before), "money"].sum()
    assert report.loc["total", "total_revenue"] == pytest.approx(expected)


def test_main_job_recommends_what_there_is(
    job: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [f"{i % 3},2025-0{1 + i % 6}-05,9,tea\n" for i in range(30)]
    job("customer_id,date,amount,article\n" + "".join(lines), "--product article --out .")
    said = capsys.readouterr().out
    assert "The recommenders cannot be compared: held_out would be empty" in said
    assert read_out("recommendations.csv").empty
    assert set(read_out("contact_list.csv")["recommendation"]) == {""}


@pytest.mark.slow
def test_main_job_on_online_retail(
    real_data: Callable[[str], pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    log = real_data("online_retail/online_retail.csv.gz").dropna(subset="CustomerID")
    file = Path(os.environ["CUSTBASE_DATA"]).resolve() / "online_retail" / "online_retail.csv.gz"
    options = "--customer CustomerID --time InvoiceDate --amount Quantity --price UnitPrice"
    options += " --product StockCode --leave-out-anonymous --out ."
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["customer_base.py", "--log", str(file), *options.split()])
    runpy.run_path(str(FOLDER / "customer_base.py"), run_name="__main__")
    plt.close("all")
    said = " ".join(capsys.readouterr().out.split())
    assert "135,080 of 541,909 rows (25%) have no customer id" in said
    bought = log[(log["Quantity"] > 0) & (log["UnitPrice"] > 0)]
    bought = bought.assign(CustomerID=bought["CustomerID"].astype(int).astype(str))
    table = check_recommendations(bought, "CustomerID", "StockCode")
    assert table["customer_id"].nunique() == bought["CustomerID"].nunique() == 4338
    found = re.search(r"new products popular \d+ (0\.\d+) .*? neighbours \d+ (0\.\d+)", said)
    popular, neighbors = map(float, found.groups())
    assert neighbors > 1.5 * popular
