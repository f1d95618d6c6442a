"""
From a transaction log to segments, and what a campaign on them returns
=======================================================================

The main job of custbase as one command. Without arguments it reads the embedded
sample of CDNOW, a music retailer of 1997; with ``--log`` any CSV file with one
row a purchase::

    make demo
    make demo LOG=orders.csv ARGS="--customer client --time ordered_at --amount total"

It checks the log, learns segments from all but the last weeks of it, counts
what each segment spent in those weeks as the return of a campaign on it, says
what each is expected to spend in the next year, and writes tables, figures and
a contact list to ``build/customer_base``. With ``--product``, it also
recommends to each customer what to buy next.
"""

from __future__ import annotations

import argparse
import textwrap
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from pandas.errors import ParserWarning
from scipy.sparse import csr_array
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import custbase
from custbase import (
    BTYDRegressor,
    CampaignDisplay,
    CampaignFinance,
    ElbowDisplay,
    InteractionEncoder,
    NeighborRecommender,
    PopularityRecommender,
    RFMScorer,
    SegmentClusterer,
    SegmentDisplay,
)
from custbase.datasets import load_cdnow
from custbase.exceptions import CustbaseWarning, ZeroDenominatorWarning
from custbase.features import check_log, rfm_summary
from custbase.metrics import coverage, ndcg_at_k, recall_at_k
from custbase.model_selection import split_by_time
from custbase.segmentation import segment_actions

TOTALS = ["n_customers", "total_revenue", "total_cost"]
ROI = ["roi_pct", "roi_pct_low", "roi_pct_high", "contribution_roi_pct"]
YEAR = 365.25 / 7  # in weeks
N_RECOMMENDATIONS = 10
N_REASONS = 3


def main() -> None:
    """Run the job and say what it found."""
    # A segment that bought nothing has an infinite break-even; the tables show it as inf.
    warnings.simplefilter("ignore", ZeroDenominatorWarning)
    asked = parse_arguments()
    log = leave_out_anonymous(asked, read_log(asked))
    start, last_day = find_days(asked, log)
    columns = {"customer": asked.customer, "time": asked.time, "amount": asked.amount}
    checks = check_log(log, **columns, end=last_day).set_index("check")
    say("The log", checks)

    try:
        before = rfm_summary(log, **columns, end=start, holdout_end=last_day)
        now = rfm_summary(log, **columns, end=last_day)
        segments = learn_segments(before, asked.random_state)
        profile = segments.profile(before)
        campaign = run_campaign(asked, before, segments.names(before, profile))
    except (TypeError, ValueError) as error:
        raise SystemExit(f"The log cannot be used: {' '.join(str(error).split())}") from error

    actions = segment_actions(profile)
    say_segments(segments, profile, actions, start)
    say_campaign(asked, campaign, start, last_day)
    names = segments.names(now, profile)
    values = expect_spend(now, YEAR)
    stakes = say_values(asked, values, names, now, before, last_day)
    contacts = list_contacts(now[asked.customer], names, actions, campaign)
    contacts["expected_spend"] = values.expected
    say_contacts(contacts, last_day)

    tables = {
        "log_check.csv": checks,
        "segments.csv": profile.join(actions),
        "campaign.csv": campaign.report_,
        "value.csv": stakes,
    }
    if asked.product is not None:
        bought = keep_purchases(asked, log, last_day)
        recommendations = recommend_products(asked, bought)
        compared = compare_recommenders(asked, bought, start)
        say_recommendations(asked, compared, recommendations, contacts)
        tables["recommendations.csv"] = recommendations.set_index("customer_id")
        first = recommendations[recommendations["rank"] == 1].set_index("customer_id")["product"]
        contacts = contacts.assign(recommendation=contacts["customer_id"].map(first))
    tables["contact_list.csv"] = contacts.set_index("customer_id")
    write(asked.out, tables, draw(segments, before, campaign))


def parse_arguments() -> argparse.Namespace:
    """Read the command line; every default about money is an assumption that is printed."""
    parser = argparse.ArgumentParser(
        description="From a transaction log to segments and what a campaign on them returns.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    add, money = parser.add_argument, within(float, 0, 10**12)
    add("--log", type=Path, help="CSV file, one row a purchase; None for CDNOW")
    add("--customer", default="customer_id", help="column of customer ids")
    add("--time", default="date", help="column of dates or times")
    add("--amount", default="amount", help="column of money, negative for returns")
    add("--price", help="column of prices, if --amount holds quantities: money is the product")
    add("--product", help="column of product ids; None recommends nothing")
    add("--leave-out-anonymous", action="store_true", help="leave out rows without a customer id")
    add("--end", type=day, help="last day of the log to use; None for its last day until today")
    add("--campaign-weeks", type=within(int, 1, 5200), default=13, help="weeks a campaign runs")
    add("--cost-per-contact", type=money, default=1.0, help="money a contact")
    add("--implementation-cost", type=money, default=500.0, help="money, once")
    add("--marketing-budget", type=money, default=1000.0, help="money, once")
    add("--margin-rate", type=within(float, 0, 1), default=0.3, help="margin share of revenue")
    add("--random-state", type=within(int, 0, 2**32 - 1), default=0, help="seed")
    add("--out", type=Path, default=Path("build/customer_base"), help="folder")
    return parser.parse_args()


def day(text: str) -> pd.Timestamp:
    """Day of an ISO date, for argparse."""
    try:
        return pd.Timestamp(datetime.fromisoformat(text)).tz_localize(None).normalize()
    except ValueError:
        raise argparse.ArgumentTypeError(f"write it as 2023-01-07; got {text!r}") from None


def within(kind: type, low: float, high: float) -> Callable[[str], float]:
    """Reader of numbers within bounds, for argparse."""

    def number(text: str) -> float:
        value = kind(text)
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be from {low} to {high:,}; got {text!r}")
        return value

    return number


def read_log(asked: argparse.Namespace) -> pd.DataFrame:
    """Read the log, and its times and amounts as such."""
    log = load_cdnow() if asked.log is None else read_csv(asked)
    columns = {"--customer": asked.customer, "--time": asked.time, "--amount": asked.amount}
    optional = {"--price": asked.price, "--product": asked.product}
    columns |= {option: column for option, column in optional.items() if column is not None}
    for option, column in columns.items():
        if column not in log:
            source = asked.log or "CDNOW"
            raise SystemExit(f"{option}: {source} has no column {column!r}, only {list(log)}.")
    if len({*columns.values()}) < len(columns):
        raise SystemExit(f"{', '.join(columns)}: must be different columns; got {columns}.")
    for option, convert, remedy in [
        ("--time", parse_times, "Write all dates as 2023-01-07, all times as 2023-01-07 15:30."),
        ("--amount", pd.to_numeric, "Write amounts as 1234.50."),
        ("--price", pd.to_numeric, "Write prices as 1234.50."),
    ]:
        if (column := columns.get(option)) is None:
            continue
        try:
            log[column] = convert(log[column])
        except (TypeError, ValueError, UserWarning) as error:
            reason = str(error).splitlines()[0].split(". ")[0]  # the rest is about code
            raise SystemExit(f"{option}: column {column!r}: {reason}. {remedy}") from error
    if asked.price is not None:
        log[asked.amount] = log[asked.amount] * log[asked.price]
    return log


def leave_out_anonymous(asked: argparse.Namespace, log: pd.DataFrame) -> pd.DataFrame:
    """Leave out rows without a customer if that is asked for, and say how many there are."""
    is_anonymous = log[asked.customer].isna()
    if not (count := is_anonymous.sum()):
        return log
    column = f"column {asked.customer!r} has {count:,} missing ids in {len(log):,} rows"
    if not asked.leave_out_anonymous:
        remedy = "Repair those rows, or give --leave-out-anonymous."
        raise SystemExit(f"--customer: {column}. {remedy}")
    if is_anonymous.all():
        raise SystemExit(f"--customer: {column}. Give a column of customer ids.")
    left = f"{count:,} of {len(log):,} rows ({count / len(log):.0%}) have no customer id"
    say("Rows without a customer", f"{left}. They are left out of all that follows.")
    return log[~is_anonymous]


def read_csv(asked: argparse.Namespace) -> pd.DataFrame:
    """Read a file; ids stay text, since 007 and 7 may be two customers."""
    path = asked.log
    ids = {column: str for column in (asked.customer, asked.product) if column is not None}
    if not path.is_file():
        raise SystemExit(f"--log: there is no file {path}.")
    try:
        with warnings.catch_warnings(action="error", category=ParserWarning):
            log = pd.read_csv(path, dtype=ids, index_col=False, low_memory=False)
    except (OSError, ValueError, ParserWarning) as error:
        reason = " ".join(str(error).split()).rstrip(".")
        remedy = "Save it as CSV in UTF-8, its first line the names of the columns."
        raise SystemExit(f"--log: {path} cannot be read: {reason}. {remedy}") from error
    if log.empty:
        raise SystemExit(f"--log: {path} has no rows below its header. Give a log with rows.")
    return log


def parse_times(column: pd.Series) -> pd.Series:
    """Read dates or times, and refuse what pandas would only guess."""
    if column.isna().all():
        raise ValueError("it is empty")
    if pd.api.types.is_numeric_dtype(column):
        raise ValueError(f"it holds plain numbers such as {column.dropna().iloc[0]:.15g}")
    with warnings.catch_warnings(action="error", category=UserWarning):
        return pd.to_datetime(column)


def find_days(asked: argparse.Namespace, log: pd.DataFrame) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Days that the campaign starts on and ends on, which without --end is not after today."""
    days = log[asked.time].dt.tz_localize(None).dt.normalize()
    today = pd.Timestamp.now().normalize()
    last_day = asked.end or days[days <= today].max()
    later = f"rows of the log are dated after today, {today:%Y-%m-%d}"
    if pd.isna(last_day):
        raise SystemExit(f"--end: all {later}. Correct the dates, or give the last day to use.")
    if asked.end is None and (n_later := (days > today).sum()):
        left = f"They are left out: the last day used is {last_day:%Y-%m-%d}."
        say("Dates to correct", f"{n_later:,} {later}. {left} --end chooses another.")
    start = last_day - pd.Timedelta(weeks=asked.campaign_weeks)
    if start < days.min():
        raise SystemExit(
            f"--campaign-weeks {asked.campaign_weeks} with --end {last_day:%Y-%m-%d} starts before "
            f"the log, {days.min():%Y-%m-%d}. Give fewer weeks, a later end or a longer log."
        )
    return start, last_day


def say(title: str, *paragraphs: str | pd.DataFrame) -> None:
    """Print a section: paragraphs wrapped, tables whole."""
    print(f"\n{title}\n{'-' * len(title)}")
    for paragraph in paragraphs:
        if isinstance(paragraph, str):
            print(textwrap.fill(paragraph, 100))
        else:
            print(f"\n{paragraph.to_string(float_format='{:,.2f}'.format)}\n")


def signed_log(X: pd.DataFrame) -> pd.DataFrame:
    """Logarithm that keeps the sign, since returns can leave a customer below zero."""
    return np.sign(X) * np.log1p(np.abs(X))


def describe_customers(summary: pd.DataFrame) -> pd.DataFrame:
    """The columns that segments are made of, in words and units that people use."""
    return pd.DataFrame(
        {
            "weeks_since_purchase": summary["T"] - summary["recency"],
            "purchases": summary["frequency"] + 1,
            "money_spent": summary["total_value"],
        }
    )


@dataclass
class Segments:
    """Segments learnt at one day, to be read off again at a later one."""

    pipeline: Pipeline
    scorer: RFMScorer

    @property
    def found(self) -> bool:
        """Whether the customers fall into more than one segment."""
        return self.pipeline[-1].n_clusters_ > 1

    def profile(self, summary: pd.DataFrame) -> pd.DataFrame:
        """One row a segment under its name: size, share, typical values."""
        table = describe_customers(summary)
        if self.found:
            profile = custbase.call(self.pipeline, "profile", table, describe=table)
            return profile.set_index("name").rename_axis("segment")
        groups = table.groupby(self.scorer.predict(summary))
        profile = pd.DataFrame({"size": groups.size(), "share": groups.size() / len(table)})
        profile = profile.join(groups.median().add_prefix("typical_"))
        return profile.sort_values("size", ascending=False).rename_axis("segment")

    def names(self, summary: pd.DataFrame, profile: pd.DataFrame) -> np.ndarray:
        """The name of each customer's segment."""
        if self.found:
            return profile.index.to_numpy()[self.pipeline.predict(describe_customers(summary))]
        return self.scorer.predict(summary)


def learn_segments(summary: pd.DataFrame, random_state: int) -> Segments:
    """Cluster log-scaled columns into as many segments as the data show."""
    pipeline = make_pipeline(
        FunctionTransformer(signed_log, feature_names_out="one-to-one"),
        StandardScaler().set_output(transform="pandas"),
        SegmentClusterer(random_state=random_state),
    )
    return Segments(pipeline.fit(describe_customers(summary)), RFMScorer().fit(summary))


def say_segments(
    segments: Segments, profile: pd.DataFrame, actions: pd.DataFrame, start: pd.Timestamp
) -> None:
    """Print how many segments there are, what they are like and what to do with them."""
    tried = segments.pipeline[-1].selection_.index
    count = segments.pipeline[-1].n_clusters_
    verdict = (
        f"The inertia of k-means on log-scaled columns was compared with that of clouds without "
        f"segments, for {tried[0]} to {tried[-1]} segments: the elbow is at {count}."
    )
    if len(tried) == 1:
        verdict = "No two customers differ, so they are one segment."
    elif not segments.found:
        verdict += (
            " The honest answer is one segment: these customers differ by degree, not in kind."
        )
    if not segments.found:
        verdict += (
            " What follows uses the names of RFM scores, which are a convention and no discovery."
        )
    typical = [column for column in profile if column.startswith("typical_")]
    say(
        f"Segments of the {profile['size'].sum():,} customers as of {start:%Y-%m-%d}",
        verdict,
        profile[["size", "share", *typical]],
    )
    say("What to do with each segment")
    for name, row in actions.iterrows():
        print(f"\n  {name}")
        for key in ("action", "reason", "offer"):
            text = textwrap.fill(str(row[key]), 80, subsequent_indent=" " * 12)
            print(f"    {key + ':':7} {text}")


def run_campaign(
    asked: argparse.Namespace, summary: pd.DataFrame, names: np.ndarray
) -> CampaignFinance:
    """Book what each customer spent in the weeks of the campaign."""
    customers = pd.DataFrame({"segment": names}, index=summary.index)
    return new_campaign(asked).fit(customers, summary["holdout_value"])


def new_campaign(asked: argparse.Namespace, n_bootstrap: int = 1000) -> CampaignFinance:
    """A campaign at the costs that were asked for."""
    return CampaignFinance(
        "segment",
        implementation_cost=asked.implementation_cost,
        marketing_budget=asked.marketing_budget,
        cost_per_contact=asked.cost_per_contact,
        margin_rate=asked.margin_rate,
        n_bootstrap=n_bootstrap,
        random_state=asked.random_state,
    )


def say_campaign(
    asked: argparse.Namespace, campaign: CampaignFinance, start: pd.Timestamp, end: pd.Timestamp
) -> None:
    """Print what the campaign returned, and everything that was assumed for it."""
    log = "the log" if asked.log else "CDNOW's log"
    draws = campaign.simulate(1000, random_state=asked.random_state)
    paid = (draws["contribution_profit"] > 0).mean()
    say(
        f"What a campaign on them returns, {start:%Y-%m-%d} to {end:%Y-%m-%d}",
        f"Assumptions: {log} holds no campaign, so one is assumed that contacted every customer on "
        f"{start:%Y-%m-%d} and ran {asked.campaign_weeks} weeks, to {end:%Y-%m-%d}. It cost "
        f"{asked.implementation_cost:,.2f} to build, {asked.marketing_budget:,.2f} of marketing "
        f"budget and {asked.cost_per_contact:,.2f} a contact; {asked.margin_rate:.0%} of revenue "
        "is margin. --help lists the options that change them.",
        "Returns are attributed, not incremental: all that these customers spent in those weeks is "
        "counted, though much of it would have come without a campaign. Only a control group that "
        "is not contacted tells the difference.",
        campaign.report_[[*TOTALS, *ROI, "npv", "break_even_pct"]],
        "ROI is on revenue, contribution_roi_pct on the margin; break_even_pct is inf without "
        f"revenue. Intervals of {campaign.confidence_level:.0%} are from resampling customers. In "
        f"{paid:.0%} of 1,000 simulated campaigns the margin covered the costs.",
    )


@dataclass
class Values:
    """What customers are expected to spend, and what is to be said of it."""

    expected: pd.Series  # NaN where it cannot be told
    caveats: list[str]


def expect_spend(summary: pd.DataFrame, weeks: float) -> Values:
    """How often customers will buy in the next weeks, times what a purchase is worth."""
    model = BTYDRegressor("pareto_nbd", horizon=weeks)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            expected = model.fit(summary).predict(summary)
    except ValueError as error:
        unknown = pd.Series(np.nan, index=summary.index)
        return Values(unknown, [f"It cannot be told: {' '.join(str(error).split())}"])
    caveats = list(dict.fromkeys(str(warning.message) for warning in caught))
    return Values(pd.Series(expected, index=summary.index), caveats)


def weigh_stakes(
    asked: argparse.Namespace, expected: pd.Series, names: np.ndarray
) -> CampaignFinance:
    """The same campaign again, with the spend of a year at stake."""
    campaign = new_campaign(asked, n_bootstrap=0)
    customers = pd.DataFrame({"segment": names}, index=expected.index)
    return campaign.fit(customers, expected)


def say_values(
    asked: argparse.Namespace,
    values: Values,
    names: np.ndarray,
    now: pd.DataFrame,
    before: pd.DataFrame,
    last_day: pd.Timestamp,
) -> pd.DataFrame:
    """Print what each segment is worth, and how well that would have been told before."""
    stakes = weigh_stakes(asked, values.expected.fillna(0.0), names).report_
    stakes = pd.DataFrame(
        {
            "n_customers": stakes["n_customers"],
            "expected_spend": stakes["average_revenue_per_customer"],
            "sum_at_stake": stakes["total_revenue"],
            "share_to_win": stakes["contribution_break_even_pct"] / 100,
        }
    )
    title = f"What they are worth, in the year after {last_day:%Y-%m-%d}"
    if values.expected.isna().all():
        stakes[["expected_spend", "sum_at_stake", "share_to_win"]] = np.nan
        say(title, *values.caveats)
        return stakes
    check = expect_spend(before, asked.campaign_weeks).expected.sum(min_count=1)
    told = "could not tell" if np.isnan(check) else f"expected {check:,.0f}"
    came = before["holdout_value"].sum()
    say(
        title,
        "How often each customer will buy (Pareto/NBD) times what a purchase is worth (gamma-"
        "gamma), learnt from past purchases alone. expected_spend is of one customer; "
        "sum_at_stake is what a segment is expected to spend if all stays as it is; share_to_win "
        "is the part of it that the campaign above would have to bring, or to keep, for its "
        "margin to cover its costs.",
        stakes,
        f"As of {last_day - pd.Timedelta(weeks=asked.campaign_weeks):%Y-%m-%d}, the same models "
        f"{told} in the {asked.campaign_weeks} weeks of the campaign; {came:,.0f} were spent.",
        *values.caveats,
    )
    return stakes


def list_contacts(
    customers: pd.Series, names: np.ndarray, actions: pd.DataFrame, campaign: CampaignFinance
) -> pd.DataFrame:
    """One row a customer: segment, what to do, and what a contact is expected to bring."""
    known = np.isin(names, campaign.segments_)
    expected = np.full(len(names), np.nan)
    expected[known] = campaign.predict(pd.DataFrame({"segment": names[known]}))
    # RFM names that nobody had when the campaign began.
    later = pd.DataFrame(index=pd.Index(sorted({*names} - {*actions.index}), name="segment"))
    actions = pd.concat([actions, segment_actions(later)])
    contacts = pd.DataFrame({"customer_id": customers, "segment": names})
    contacts = contacts.join(actions[["action", "offer"]], on="segment")
    contacts["expected_return"] = expected
    return contacts.sort_values("expected_return", ascending=False, kind="stable")


def say_contacts(contacts: pd.DataFrame, last_day: pd.Timestamp) -> None:
    """Print whom to contact, by segment."""
    by_segment = contacts.groupby("segment").agg(
        customers=("customer_id", "size"), expected_return=("expected_return", "first")
    )
    worth = contacts["expected_return"] > 0
    say(
        f"Whom to contact, as of {last_day:%Y-%m-%d}",
        f"The {len(contacts):,} customers of that day, each in the segment that the campaign's "
        "segments give: expected_return is the margin of a contact after its cost, attributed as "
        f"above. It is positive for {worth.sum():,} customers, and NaN where nobody of the segment "
        "was in the campaign.",
        by_segment.sort_values("expected_return", ascending=False),
    )


def keep_purchases(
    asked: argparse.Namespace, log: pd.DataFrame, last_day: pd.Timestamp
) -> pd.DataFrame:
    """Leave out what says nothing of a product that a customer wanted, and later days."""
    days = log[asked.time].dt.tz_localize(None).dt.normalize()
    is_bought = log[asked.product].notna() & (log[asked.amount] > 0) & (days <= last_day)
    if not is_bought.any():
        raise SystemExit(f"--product: no row of column {asked.product!r} was bought for money.")
    return log[is_bought]


def recommend_products(asked: argparse.Namespace, bought: pd.DataFrame) -> pd.DataFrame:
    """Recommend new products to each customer: product, score, and the past products behind it."""
    encoder = InteractionEncoder(asked.customer, asked.product)
    purchases = encoder.fit_transform(bought)
    recommender = new_recommender().fit(purchases)
    items, scores = recommender.recommend(purchases, N_RECOMMENDATIONS)
    row, rank = np.indices(items.shape)
    table = pd.DataFrame(
        {
            "row": row.ravel(),
            "item": items.ravel(),
            "customer_id": encoder.encode_users(bought)[row.ravel()],
            "rank": rank.ravel() + 1,
            "product": encoder.decode_items(items.ravel()),
            "score": scores.ravel(),
        }
    )
    reasons = recommender.explain(purchases, items).groupby(["row", "item"]).head(N_REASONS)
    past = encoder.decode_items(reasons["past_item"]).astype(str)
    because = reasons.assign(because=past).groupby(["row", "item"])["because"].agg(", ".join)
    table = table[table["item"] >= 0].join(because, on=["row", "item"])
    # What fills up has no score, and nothing of the customer's to explain it.
    return table.fillna({"because": "popular"}).drop(columns=["row", "item"])


def new_recommender() -> NeighborRecommender:
    """What goes with what a customer has; repeated purchases count, but less and less."""
    return NeighborRecommender(weighting="bm25", n_recommendations=N_RECOMMENDATIONS)


def compare_recommenders(
    asked: argparse.Namespace, bought: pd.DataFrame, start: pd.Timestamp
) -> str | pd.DataFrame:
    """Recommend as of the start of the campaign, and look up what was bought afterwards."""
    columns = InteractionEncoder(asked.customer, asked.product)
    split = {"cutoff": start, "time": asked.time, "encoder": columns}
    try:
        # Customers and products that came later are left out, which `say_recommendations` says.
        with warnings.catch_warnings(action="ignore", category=CustbaseWarning):
            later = split_by_time(bought, **split, repeats="keep")
            new = split_by_time(bought, **split).held_out
    except ValueError as error:
        return f"The recommenders cannot be compared: {error}"
    history = later.history
    popular = PopularityRecommender(N_RECOMMENDATIONS).fit(history)
    neighbors = new_recommender().fit(history)
    anything = {"n": N_RECOMMENDATIONS, "exclude_seen": False}
    answers = [
        ("new products", "popular", new, popular.predict(history)),
        ("new products", "neighbours", new, neighbors.predict(history)),
        ("any products", "popular", later.held_out, popular.recommend(history, **anything)[0]),
        ("any products", "bought before", later.held_out, buy_again(history, popular)),
        ("any products", "neighbours", later.held_out, neighbors.recommend(history, **anything)[0]),
    ]
    rows = [
        {
            "of": question,
            "recommend": name,
            "customers": (np.diff(held_out.indptr) > 0).sum(),
            "ndcg": f"{ndcg_at_k(held_out, items):.3f}",
            "recall": f"{recall_at_k(held_out, items):.3f}",
            "coverage": f"{coverage(items, history.shape[1]):.3f}",
        }
        for question, name, held_out, items in answers
    ]
    return pd.DataFrame(rows).set_index(["of", "recommend"])


def buy_again(history: csr_array, popular: PopularityRecommender) -> np.ndarray:
    """Recommend to each customer what it bought most often, then what is popular."""
    items = popular.predict(history)
    for row, (start, end) in enumerate(pairwise(history.indptr)):
        own = history.indices[start:end]
        own = own[np.lexsort((own, -popular.popularity_[own], -history.data[start:end]))]
        items[row] = np.concatenate([own, items[row]])[: items.shape[1]]
    return items


def say_recommendations(
    asked: argparse.Namespace,
    compared: str | pd.DataFrame,
    recommendations: pd.DataFrame,
    contacts: pd.DataFrame,
) -> None:
    """Print how well recommenders would have done, and what they recommend now."""
    table = recommendations.set_index("customer_id")
    best = contacts["customer_id"][contacts["customer_id"].isin(table.index)].head(1)
    say(
        "What will they buy next",
        f"Recommenders learnt from the time before the campaign, and recommended "
        f"{N_RECOMMENDATIONS} products to each customer. The table compares them by what the "
        f"customers bought in the {asked.campaign_weeks} weeks after it: products new to them, and "
        "any products. Customers and products that came in those weeks are left out, since nobody "
        "could have known them; so are returns and what cost nothing.",
        compared,
        "ndcg and recall are of the customers who bought any (higher is better, at most 1); "
        "coverage is the share of the products that is recommended to anybody. Neighbours are "
        "products that the same customers bought.",
        f"recommendations.csv holds {len(table):,} recommendations of new products by neighbours, "
        f"as of the last day, to {table.index.nunique():,} customers, and the products of theirs "
        "that led to them; the score orders those of one customer. The first of the contact list:",
        table.loc[best].head(3),
    )


def draw(segments: Segments, summary: pd.DataFrame, campaign: CampaignFinance) -> dict[str, Figure]:
    """Draw the figures, by the names of their files."""
    table = describe_customers(summary)
    profile = segments.profile(summary)
    labels = pd.Categorical(segments.names(summary, profile), categories=profile.index).codes
    names = pd.Series(profile.index)
    scaled = segments.pipeline[:-1].transform(table)
    logs = signed_log(table).add_prefix("log ")
    columns = list(logs)
    displays = {
        "segments_3d": SegmentDisplay.from_predictions(logs, labels, names=names, columns=columns),
        "campaign": CampaignDisplay.from_estimator(campaign),
    }
    if len(segments.pipeline[-1].selection_) > 1:  # else no two customers differ
        displays["elbow"] = ElbowDisplay.from_estimator(segments.pipeline)
        displays["segments"] = SegmentDisplay.from_predictions(scaled, labels, names=names)
    return {f"{name}.png": display.figure_ for name, display in displays.items()}


def write(folder: Path, tables: dict[str, pd.DataFrame], figures: dict[str, Figure]) -> None:
    """Write tables and figures, and print where they are."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, table in tables.items():
            table.to_csv(folder / name)
        for name, figure in figures.items():
            figure.savefig(folder / name, dpi=150)
    except OSError as error:
        raise SystemExit(f"--out: {error}. Give a folder that can be written to.") from error
    say("Written", *(str(folder / name) for name in sorted([*tables, *figures])))


if __name__ == "__main__":
    main()
