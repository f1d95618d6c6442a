"""
From a transaction log to segments, and what a campaign on them returns
=======================================================================

The main job of custbase as one command. Without arguments it reads the embedded
sample of CDNOW, a music retailer of 1997; with ``--log`` any CSV file with one
row a purchase::

    make demo
    make demo LOG=orders.csv ARGS="--customer client --time ordered_at --amount total"

It checks the log, learns segments from all but the last weeks of it, counts
what each segment spent in those weeks as the return of a campaign on it, and
writes tables, figures and a contact list to ``build/customer_base``.
"""

from __future__ import annotations

import argparse
import textwrap
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import custbase
from custbase import (
    CampaignDisplay,
    CampaignFinance,
    ElbowDisplay,
    RFMScorer,
    SegmentClusterer,
    SegmentDisplay,
)
from custbase.datasets import load_cdnow
from custbase.exceptions import ZeroDenominatorWarning
from custbase.features import check_log, rfm_summary
from custbase.segmentation import segment_actions

REPORT_COLUMNS = [
    "n_customers",
    "total_revenue",
    "total_cost",
    "roi_pct",
    "roi_pct_low",
    "roi_pct_high",
    "contribution_roi_pct",
    "npv",
    "break_even_pct",
]


def main() -> None:
    """Run the job and say what it found."""
    # A segment that bought nothing has an infinite break-even; the tables show it as inf.
    warnings.simplefilter("ignore", ZeroDenominatorWarning)
    asked = parse_arguments()
    log = read_log(asked)
    last_day = find_last_day(log, asked.end)
    start = last_day - pd.Timedelta(weeks=asked.campaign_weeks)
    asked.out.mkdir(parents=True, exist_ok=True)

    checks = check_log(log, end=last_day)
    say("The log", checks)
    checks.to_csv(asked.out / "log_check.csv")

    try:
        before = rfm_summary(log, end=start, holdout_end=last_day)
        now = rfm_summary(log, end=last_day)
    except (TypeError, ValueError) as error:
        raise SystemExit(f"The log cannot be summarised: {error}") from error
    segments = learn_segments(before, asked.random_state)
    profile = segments.profile(before)
    actions = segment_actions(profile)
    say_segments(segments, profile, actions, start)
    profile.join(actions).to_csv(asked.out / "segments.csv")

    campaign = run_campaign(asked, before, segments.names(before, profile))
    say_campaign(asked, campaign, start, last_day)
    campaign.report_.to_csv(asked.out / "campaign.csv")

    contacts = list_contacts(now, segments.names(now, profile), actions, campaign)
    say_contacts(contacts, last_day)
    contacts.to_csv(asked.out / "contact_list.csv", index=False)

    draw(segments, before, campaign, asked.out)
    say("Written", *(f"{path}" for path in sorted(asked.out.iterdir())))


def parse_arguments() -> argparse.Namespace:
    """Read the command line; every default about money is an assumption that is printed."""
    parser = argparse.ArgumentParser(
        description="From a transaction log to segments and what a campaign on them returns.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--log", type=Path, help="CSV file, one row a purchase; None for CDNOW")
    parser.add_argument("--customer", default="customer_id", help="column of customer ids")
    parser.add_argument("--time", default="date", help="column of dates or times")
    parser.add_argument("--amount", default="amount", help="column of money, negative for returns")
    parser.add_argument("--end", help="last day of the log to use; None for its last day")
    parser.add_argument("--campaign-weeks", type=int, default=13, help="weeks a campaign runs")
    parser.add_argument("--cost-per-contact", type=float, default=1.0, help="money a contact")
    parser.add_argument("--implementation-cost", type=float, default=500.0, help="money, once")
    parser.add_argument("--marketing-budget", type=float, default=1000.0, help="money, once")
    parser.add_argument("--margin-rate", type=float, default=0.3, help="margin share of revenue")
    parser.add_argument("--random-state", type=int, default=0, help="seed")
    parser.add_argument("--out", type=Path, default=Path("build/customer_base"), help="folder")
    return parser.parse_args()


def read_log(asked: argparse.Namespace) -> pd.DataFrame:
    """Read the log and give its columns the names that custbase expects."""
    if asked.log is None:
        return load_cdnow()
    if not asked.log.is_file():
        raise SystemExit(f"--log: there is no file {asked.log}.")
    log = pd.read_csv(asked.log)
    columns = {"--customer": asked.customer, "--time": asked.time, "--amount": asked.amount}
    for option, column in columns.items():
        if column not in log:
            raise SystemExit(f"{option}: {asked.log} has no column {column!r}, only {list(log)}.")
    log = log[list(columns.values())].set_axis(["customer_id", "date", "amount"], axis=1)
    for name, option, convert in [
        ("date", "--time", pd.to_datetime),
        ("amount", "--amount", pd.to_numeric),
    ]:
        try:
            log[name] = convert(log[name])
        except ValueError as error:
            reason = str(error).splitlines()[0]
            raise SystemExit(f"{option}: column {columns[option]!r}: {reason}") from error
    return log


def find_last_day(log: pd.DataFrame, end: str | None) -> pd.Timestamp:
    """Day that the log ends on, as the wall clock of its own time zone shows it."""
    last = log["date"].max() if end is None else pd.Timestamp(end)
    return last.tz_localize(None).normalize()


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
    if not segments.found:
        verdict += (
            " The honest answer is one segment: these customers differ by degree, not in kind. "
            "What follows uses the names of RFM scores, which are a convention and no discovery."
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
    campaign = CampaignFinance(
        "segment",
        implementation_cost=asked.implementation_cost,
        marketing_budget=asked.marketing_budget,
        cost_per_contact=asked.cost_per_contact,
        margin_rate=asked.margin_rate,
        random_state=asked.random_state,
    )
    customers = pd.DataFrame({"segment": names}, index=summary.index)
    return campaign.fit(customers, summary["holdout_value"])


def say_campaign(
    asked: argparse.Namespace,
    campaign: CampaignFinance,
    start: pd.Timestamp,
    last_day: pd.Timestamp,
) -> None:
    """Print what the campaign returned, and everything that was assumed for it."""
    log = "the log" if asked.log else "CDNOW's log"
    report = campaign.report_
    draws = campaign.simulate(1000, random_state=asked.random_state)
    paid = (draws["contribution_profit"] > 0).mean()
    say(
        f"What a campaign on them returns, {start:%Y-%m-%d} to {last_day:%Y-%m-%d}",
        f"Assumptions: {log} holds no campaign, so one is assumed that contacted every customer on "
        f"{start:%Y-%m-%d} and ran {asked.campaign_weeks} weeks to the end of the log, "
        f"{last_day:%Y-%m-%d}. It cost {asked.implementation_cost:,.2f} to build, "
        f"{asked.marketing_budget:,.2f} of marketing budget and {asked.cost_per_contact:,.2f} a "
        f"contact; {asked.margin_rate:.0%} of revenue is margin. Change them with ARGS.",
        "Returns are attributed, not incremental: all that these customers spent in those weeks is "
        "counted, though much of it would have come without a campaign. Only a control group that "
        "is not contacted tells the difference.",
        report[REPORT_COLUMNS],
        "ROI is on revenue, contribution_roi_pct on the margin. Intervals of "
        f"{campaign.confidence_level:.0%} are from resampling customers. In {paid:.0%} of 1,000 "
        "simulated campaigns the margin covered the costs.",
    )


def list_contacts(
    summary: pd.DataFrame,
    names: np.ndarray,
    actions: pd.DataFrame,
    campaign: CampaignFinance,
) -> pd.DataFrame:
    """One row a customer: segment, what to do, and what a contact is expected to bring."""
    known = np.isin(names, campaign.segments_)
    expected = np.full(len(names), np.nan)
    expected[known] = campaign.predict(pd.DataFrame({"segment": names[known]}))
    contacts = pd.DataFrame(
        {
            "customer_id": summary["customer_id"],
            "segment": names,
            "action": actions["action"].reindex(names).to_numpy(),
            "offer": actions["offer"].reindex(names).to_numpy(),
            "expected_return": expected,
        }
    )
    return contacts.sort_values("expected_return", ascending=False, kind="stable")


def say_contacts(contacts: pd.DataFrame, last_day: pd.Timestamp) -> None:
    """Print whom to contact, by segment."""
    by_segment = contacts.groupby("segment").agg(
        customers=("customer_id", "size"), expected_return=("expected_return", "first")
    )
    worth = contacts["expected_return"] > 0
    say(
        f"Whom to contact, as of {last_day:%Y-%m-%d}",
        f"The {len(contacts):,} customers of today, each in the segment that the campaign's "
        "segments give: expected_return is the margin of a contact after its cost, attributed as "
        f"above. It is positive for {worth.sum():,} customers.",
        by_segment.sort_values("expected_return", ascending=False),
    )


def draw(
    segments: Segments, summary: pd.DataFrame, campaign: CampaignFinance, folder: Path
) -> None:
    """Write the figures."""
    table = describe_customers(summary)
    profile = segments.profile(summary)
    labels = pd.Categorical(segments.names(summary, profile), categories=profile.index).codes
    names = pd.Series(profile.index)
    scaled = segments.pipeline[:-1].transform(table)
    ElbowDisplay.from_estimator(segments.pipeline).figure_.savefig(folder / "elbow.png", dpi=150)
    flat = SegmentDisplay.from_predictions(scaled, labels, names=names)
    flat.figure_.savefig(folder / "segments.png", dpi=150)
    logs = signed_log(table).add_prefix("log ")
    cube = SegmentDisplay.from_predictions(logs, labels, names=names, columns=list(logs))
    cube.figure_.savefig(folder / "segments_3d.png", dpi=150)
    CampaignDisplay.from_estimator(campaign).figure_.savefig(folder / "campaign.png", dpi=150)


if __name__ == "__main__":
    main()
