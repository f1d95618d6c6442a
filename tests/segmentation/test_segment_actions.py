"""Actions for segments."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from custbase.features import RFMScorer
from custbase.segmentation import action_rules, segment_actions


def contrasts(**columns: list[float]) -> pd.DataFrame:
    """A profile that holds contrasts only."""
    return pd.DataFrame({f"contrast_{name}": values for name, values in columns.items()})


def test_complaints_come_before_sales():
    actions = segment_actions(contrasts(money_spent=[1.0, 1.0, -1.0], complains=[0.0, 2.0, 2.0]))
    assert actions.columns.tolist() == ["action", "reason", "offer"]
    assert actions["action"].tolist() == [
        "Keep them close",
        "Call them and solve what went wrong",
        "Find the cause of the complaints and repair it",
    ]


def test_the_reason_quotes_what_decided():
    actions = segment_actions(contrasts(money_spent=[1.23], complains=[2.0], returns=[0.1]))
    assert actions.loc[0, "reason"].endswith("(complains +2.0 sd, money_spent +1.2 sd)")


@pytest.mark.parametrize(
    ("column", "contrast", "action"),
    [
        ("monetary_value", 1.0, "Keep them close"),
        ("frequency", 1.0, "Keep the habit"),
        ("products_purchased", 1.0, "Keep them and make reordering easy"),
        ("returned_items", 1.0, "Find out what they send back, and why"),
        ("recency", -1.0, "Remind them with what is new"),
        ("days_since_last_order", 1.0, "Remind them with what is new"),
        ("last_purchase", -1.0, "Remind them with what is new"),
        ("complaints", 0.5, "Find the cause of the complaints and repair it"),
        ("complaints", 0.49, "Carry on as with the average customer"),
    ],
)
def test_roles_are_recognised_by_name(column, contrast, action):
    assert segment_actions(contrasts(**{column: [contrast]})).loc[0, "action"] == action


def test_roles_can_be_given():
    profile = contrasts(MntWines=[1.0], recency=[1.0], money_spent=[-1.0])
    given = segment_actions(profile, roles={"spend": "MntWines", "inactivity": "recency"})
    assert given.loc[0, "action"] == "Win them back now"
    assert "MntWines +1.0 sd, recency +1.0 sd" in given.loc[0, "reason"]
    without = segment_actions(profile, roles={"spend": None, "recency": None})
    assert without.loc[0, "action"] == "Read what sets this segment apart before deciding"


def test_names_of_rfm_scores_have_actions():
    profile = pd.DataFrame({"size": [3, 4]}, index=["Champions", "AT RISK"])
    actions = segment_actions(profile)
    assert actions.index.tolist() == ["Champions", "AT RISK"]
    assert actions.loc["AT RISK", "action"] == "Win them back in person"
    named = pd.DataFrame({"name": ["Lost"]}, index=[7])
    assert segment_actions(named).loc[7, "offer"] == "One last voucher by e-mail"


def test_every_name_of_rfm_scorer_has_an_action():
    rng = np.random.default_rng(0)
    frequency = rng.integers(0, 4, 3000)
    summary = pd.DataFrame(
        {
            "frequency": frequency,
            "recency": rng.uniform(20, 50, 3000) * (frequency > 0),
            "T": 50.0,
            "monetary_value": rng.uniform(1, 100, 3000),
        }
    )
    names = np.unique(RFMScorer().fit(summary).predict(summary))
    assert len(names) == 9
    assert set(names) <= set(action_rules()["name"])


def test_segments_without_customers_get_no_action():
    actions = segment_actions(contrasts(spend=[1.0, np.nan]).assign(size=[5, 0]))
    assert actions["action"].tolist() == ["Keep them close", "Nothing to do now"]


@pytest.mark.parametrize("missing", [np.nan, None, pd.NA])
def test_a_missing_contrast_is_no_evidence(missing):
    profile = contrasts(money=[missing, missing, 1.0], frequency=[1.0, 0.0, missing])
    actions = segment_actions(profile)
    assert actions["action"].tolist() == [
        "Keep the habit",
        "Carry on as with the average customer",
        "Keep them close",
    ]
    assert actions.loc[1, "reason"] == "No rule fits (frequency +0.0 sd)"
    pd.testing.assert_frame_equal(segment_actions(profile.convert_dtypes()), actions)
    without = segment_actions(contrasts(money=[missing], recency=[missing]))
    assert without.loc[0, "action"] == "Read what sets this segment apart before deciding"
    assert "missing" in without.loc[0, "reason"]


def test_inactivity_stands_in_for_missing_recency():
    profile = contrasts(recency=[np.nan, -1.0], days_since_last_order=[1.0, -1.0])
    actions = segment_actions(profile)
    assert actions["action"].tolist() == ["Remind them with what is new"] * 2
    assert actions["reason"].str.contains("days_since_last_order").tolist() == [True, False]


def test_text_matters_only_in_a_column_with_a_role():
    profile = contrasts(money=[1.0], shop=["large"])
    assert segment_actions(profile).loc[0, "action"] == "Keep them close"
    with pytest.raises(ValueError, match=r"profile: column 'contrast_shop' .* got 'large'"):
        segment_actions(profile, roles={"spend": "shop"})


def test_own_rules_replace_ours_and_may_leave_columns_out():
    own = pd.DataFrame(
        [
            {"spend": "high", "action": "A", "reason": "B", "offer": "C"},
            {"spend": np.nan, "action": "D", "reason": "E", "offer": "F"},
        ]
    )
    actions = segment_actions(contrasts(spend=[1.0, 0.0]), rules=own)
    assert actions["action"].tolist() == ["A", "D"]
    assert actions["reason"].tolist() == ["B (spend +1.0 sd)", "E"]


def test_the_table_is_a_copy_that_survives_a_csv_file(tmp_path):
    rules = action_rules()
    rules.to_csv(tmp_path / "rules.csv", index=False)
    read = pd.read_csv(tmp_path / "rules.csv")
    profile = contrasts(spend=[1.0, -1.0], frequency=[-1.0, 0.0])
    pd.testing.assert_frame_equal(segment_actions(profile, rules=read), segment_actions(profile))
    rules.loc[:, "action"] = "changed"
    assert "changed" not in action_rules()["action"].to_numpy()


def test_every_rule_can_decide():
    rules = action_rules()
    conditions = rules.columns.difference(["name", "action", "reason", "offer"])
    for number, rule in rules.iterrows():
        profile = contrasts(
            **{role: [{"high": 1.0, "low": -1.0, "": 0.0}[rule[role]]] for role in conditions}
        ).assign(name=rule["name"])
        found = segment_actions(profile).loc[0]
        assert found["action"] == rule["action"], number
        assert found["reason"].startswith(rule["reason"]), number


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"profile": [1]}, TypeError, "profile must be a DataFrame"),
        (
            {"profile": pd.concat([contrasts(money=[1.0])] * 2, axis=1)},
            ValueError,
            "profile must have distinct column names; got 'contrast_money' more than once",
        ),
        (
            {"profile": contrasts(money=[1.0, "1.5"])},
            ValueError,
            "profile: column 'contrast_money' must hold numbers.* got '1.5'",
        ),
        (
            {"rules": pd.concat([action_rules(), action_rules()["spend"]], axis=1)},
            ValueError,
            "rules must have distinct column names; got 'spend'",
        ),
        ({"rules": {"spend": "high"}}, TypeError, "rules must be a DataFrame"),
        (
            {"rules": pd.DataFrame({"action": ["a"]})},
            ValueError,
            "rules must have .*'reason', 'offer'",
        ),
        ({"rules": action_rules().assign(age="")}, ValueError, "rules may have .* got .'age'."),
        (
            {"rules": action_rules().assign(spend="much")},
            ValueError,
            "rules: spend in row 0 .*'much'",
        ),
        ({"roles": ["spend"]}, TypeError, "roles must be a mapping"),
        ({"roles": {"age": "spend"}}, ValueError, "roles: a key must be .* got 'age'"),
        ({"roles": {"spend": 3}}, TypeError, "roles: spend must be a string"),
        ({"roles": {"spend": "wine"}}, ValueError, "roles: spend .* one of .'money'.; got 'wine'"),
    ],
)
def test_bad_arguments_are_named(arguments, error, message):
    arguments = {"profile": contrasts(money=[1.0]), **arguments}
    with pytest.raises(error, match=message):
        segment_actions(**arguments)
