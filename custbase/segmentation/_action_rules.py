"""The rules that turn what a segment is like into an action."""

from __future__ import annotations

import pandas as pd

CONDITIONS = ("complaints", "returns", "spend", "frequency", "products", "recency")
ANSWERS = ("action", "reason", "offer")

# Conditions, then action, reason and offer; the first rule that fits counts.
_TABLE: list[tuple[dict[str, str], str, str, str]] = [
    # Names that RFMScorer and other tables of RFM scores give.
    (
        {"name": "Champions"},
        "Reward them and ask for recommendations",
        "They buy often, recently and for much",
        "Early access and a thank-you gift, no discount",
    ),
    (
        {"name": "Loyal"},
        "Keep them and show them more of the range",
        "They come back on their own",
        "A loyalty programme with points",
    ),
    (
        {"name": "Potential loyalist"},
        "Make the next purchases a habit",
        "They bought recently and fairly often",
        "A reward at the third or fourth purchase",
    ),
    (
        {"name": "New"},
        "Welcome them and win the second purchase",
        "They have bought recently and only once or twice",
        "A small voucher for the second order",
    ),
    (
        {"name": "Promising"},
        "Build trust and stay present",
        "They bought recently, but little so far",
        "Bestsellers and samples",
    ),
    (
        {"name": "Needs attention"},
        "Remind them now, while they still know you",
        "They buy as much as others and may drift away",
        "A limited offer on what they bought",
    ),
    (
        {"name": "About to sleep"},
        "Remind them with what is new",
        "Their last purchase is getting old and they bought little",
        "News and a modest voucher",
    ),
    (
        {"name": "At risk"},
        "Win them back in person",
        "They used to buy often and have stopped",
        "A generous voucher with an end date",
    ),
    (
        {"name": "Cannot lose"},
        "Call them and ask what happened",
        "They were among the best and have stopped",
        "A personal offer, as good as you can afford",
    ),
    (
        {"name": "Hibernating"},
        "Write now and then, at little cost",
        "They bought now and then, and have stopped",
        "Clearance offers by e-mail",
    ),
    (
        {"name": "Lost"},
        "Try once, then stop spending on them",
        "They bought little and very long ago",
        "One last voucher by e-mail",
    ),
    # What goes wrong comes before what sells.
    (
        {"complaints": "high", "spend": "high"},
        "Call them and solve what went wrong",
        "Much revenue is at stake and they complain",
        "An apology with a voucher for the next order",
    ),
    (
        {"complaints": "high", "frequency": "high"},
        "Call them and solve what went wrong",
        "They buy often and complain",
        "An apology with a voucher for the next order",
    ),
    (
        {"complaints": "high"},
        "Find the cause of the complaints and repair it",
        "They complain more than others",
        "Better service first; no promotion until it works",
    ),
    (
        {"returns": "high", "spend": "high"},
        "Help them to choose right",
        "They spend much and send much back",
        "Advice before the purchase, exchange instead of refund",
    ),
    (
        {"returns": "high"},
        "Find out what they send back, and why",
        "Returns eat the margin",
        "Better product pages; no free returns as an incentive",
    ),
    # Good customers who have gone quiet.
    (
        {"spend": "high", "recency": "low"},
        "Win them back now",
        "They spent much and have not bought for long",
        "A generous personal voucher with an end date",
    ),
    (
        {"frequency": "high", "recency": "low"},
        "Win them back now",
        "They bought often and have not bought for long",
        "A voucher for what they used to buy",
    ),
    # Good customers.
    (
        {"spend": "high", "frequency": "high"},
        "Reward them and ask for recommendations",
        "They buy often and spend much",
        "Early access and a thank-you gift, no discount",
    ),
    (
        {"spend": "high", "frequency": "low"},
        "Bring them back sooner",
        "They spend much in few purchases",
        "A reminder in time, free delivery on the next order",
    ),
    (
        {"spend": "high", "products": "low"},
        "Show them more of the range",
        "They spend much on few products",
        "Matching products of the same quality",
    ),
    (
        {"spend": "high"},
        "Keep them close",
        "They spend more than others",
        "Personal service and a loyalty programme",
    ),
    (
        {"spend": "low", "frequency": "high"},
        "Raise the value of each order",
        "They buy often and spend little",
        "Bundles, and free delivery from a threshold on",
    ),
    (
        {"spend": "low", "products": "high"},
        "Raise the value of each order",
        "They buy many products and spend little",
        "Bundles with better products",
    ),
    (
        {"frequency": "high"},
        "Keep the habit",
        "They buy more often than others",
        "A loyalty programme with points",
    ),
    (
        {"products": "high"},
        "Keep them and make reordering easy",
        "They buy more products than others",
        "Quantity discounts or a subscription",
    ),
    # Customers who bought little.
    (
        {"frequency": "low", "recency": "high"},
        "Welcome them and win the second purchase",
        "They bought recently and seldom",
        "A small voucher for the second order",
    ),
    (
        {"spend": "low", "recency": "low"},
        "Write now and then, at little cost",
        "They spent little, long ago",
        "Clearance offers by e-mail",
    ),
    (
        {"spend": "low", "recency": "high"},
        "Build trust and stay present",
        "They bought recently and spent little so far",
        "Bestsellers and a small voucher",
    ),
    (
        {"recency": "low"},
        "Remind them with what is new",
        "They have not bought for long",
        "News and a modest voucher",
    ),
    (
        {"spend": "low"},
        "Serve them at little cost and test what they like",
        "They spend less than others",
        "Automatic e-mails with bundles and bestsellers",
    ),
    (
        {"frequency": "low"},
        "Bring them back sooner",
        "They buy less often than others",
        "A reminder with a small voucher",
    ),
    (
        {"products": "low"},
        "Show them more of the range",
        "They buy fewer products than others",
        "Matching products to the last purchase",
    ),
]


def action_rules() -> pd.DataFrame:
    """Return the table of rules that `segment_actions` reads, to be edited at will.

    Returns
    -------
    DataFrame
        One row a rule. Conditions: ``name`` (the segment's name, in any case)
        and ``complaints, returns, spend, frequency, products, recency``, each
        "high", "low" or empty for "does not matter". Answers: ``action, reason,
        offer``. The first rule counts whose conditions all hold.

    See Also
    --------
    segment_actions : Applies the rules.

    Notes
    -----
    The answers are common practice put into words, not estimates: whether an
    offer pays is for a test with a control group to say.

    Examples
    --------
    Put a rule of your own on top:

    >>> import pandas as pd
    >>> from custbase.segmentation import action_rules
    >>> own = pd.DataFrame([{"spend": "high", "returns": "low", "action": "Invite to the shop",
    ...                      "reason": "They keep what they buy", "offer": "An evening event"}])
    >>> rules = pd.concat([own, action_rules()], ignore_index=True)
    >>> rules.loc[0, "action"]
    'Invite to the shop'
    """
    rows = [{**when, **dict(zip(ANSWERS, answer, strict=True))} for when, *answer in _TABLE]
    return pd.DataFrame(rows, columns=["name", *CONDITIONS, *ANSWERS]).fillna("")
