"""Models of a user: which parts get seeds, and which get weights."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.compose import TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    BaggingRegressor,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from custbase import (
    BTYDRegressor,
    CampaignFinance,
    ChurnClassifier,
    ResponseClassifier,
    SegmentClusterer,
    SpendRegressor,
)
from custbase._models import clone_seeded, fit_given, lacks_seed, require_weights, takes_weights
from tests.contract._house import imports_of, module_name, source_files


def small_forest(**params):
    return RandomForestClassifier(3, max_depth=3, **params)


# Each draws, in a part that only its parameters lead to.
CLASSIFIERS = {
    "voting": VotingClassifier([("a", small_forest()), ("b", small_forest())], voting="soft"),
    "pipeline": make_pipeline(PCA(2, svd_solver="randomized"), small_forest()),
    "nested": make_pipeline(
        FeatureUnion([("p", PCA(1, svd_solver="randomized")), ("s", StandardScaler())]),
        VotingClassifier([("a", make_pipeline(StandardScaler(), small_forest()))], voting="soft"),
    ),
    "stacking": StackingClassifier(
        [("a", small_forest())], small_forest(), cv=StratifiedKFold(2, shuffle=True)
    ),
    "bagging": BaggingClassifier(make_pipeline(small_forest()), 2),
    "calibrated": CalibratedClassifierCV(
        small_forest(), cv=RepeatedStratifiedKFold(n_splits=2, n_repeats=1)
    ),
    "search": GridSearchCV(
        small_forest(), {"max_depth": [1, 3]}, cv=StratifiedKFold(2, shuffle=True)
    ),
    "models of a grid": GridSearchCV(
        Pipeline([("model", LogisticRegression())]),
        {"model": [small_forest(), ExtraTreesClassifier(3, max_depth=2)]},
        cv=2,
    ),
    "default of a stack": StackingClassifier([("a", small_forest())], cv=2),
    "draws of a search": RandomizedSearchCV(
        small_forest(), {"max_depth": [1, 2, 3, 4]}, n_iter=2, cv=2
    ),
}
REGRESSORS = {
    "voting": VotingRegressor([("a", RandomForestRegressor(3)), ("b", ExtraTreesRegressor(3))]),
    "stacking": StackingRegressor([("a", ExtraTreesRegressor(3))], cv=KFold(2, shuffle=True)),
    "target": TransformedTargetRegressor(make_pipeline(RandomForestRegressor(3))),
    "bagging": BaggingRegressor(ExtraTreesRegressor(2), 2),
}


# Modules that copy what draws nothing: our encoders, recommenders and HDBSCAN.
COPIERS = {
    "custbase._models",
    "custbase.model_selection._interactions",
    "custbase.recommendation._checks",
    "custbase.segmentation._density",
}


def test_no_other_module_copies_models():
    copiers = {
        module
        for module, source in ((module_name(path), path.read_text()) for path in source_files())
        if "sklearn.base.clone" in dict(imports_of(source, module, is_package=False))
    }
    assert copiers == COPIERS


@pytest.fixture(scope="module")
def customers():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(120, 4))
    left = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
    return X, left, rng.integers(1, 4, 120).astype(float)


def seeds_of(model):
    """Seeds of a model and its estimators, as scikit-learn names them, and of splitters."""
    params = model.get_params(deep=True)
    found = [value for key, value in params.items() if key.split("__")[-1] == "random_state"]
    splitters = [value for key, value in params.items() if key.split("__")[-1] == "cv"]
    return found + [cv.random_state for cv in splitters if getattr(cv, "shuffle", False)]


@pytest.mark.parametrize("model", [*CLASSIFIERS.values(), *REGRESSORS.values()], ids=str)
def test_every_part_gets_a_seed_of_its_own(model):
    before = repr(model)
    copy = clone_seeded(model, 7)
    seeds = seeds_of(copy)
    assert lacks_seed(model)
    assert not lacks_seed(copy)
    assert seeds
    assert None not in seeds
    assert len(set(seeds)) == len(seeds)
    assert repr(model) == before
    assert seeds_of(clone_seeded(model, 7)) == seeds
    assert not set(seeds_of(clone_seeded(model, 8))) & set(seeds)


def test_what_the_user_has_set_stays():
    own, shared = np.random.RandomState(3), FrozenEstimator(small_forest())
    plain = KFold(3)
    model = VotingClassifier(
        [
            ("a", small_forest(random_state=5)),
            ("b", small_forest(random_state=own)),
            ("c", shared),
            ("d", GridSearchCV(small_forest(random_state=0), {}, cv=plain)),
            ("e", small_forest()),
        ]
    )
    copy = clone_seeded(model, 7)
    parts = dict(copy.estimators)
    assert parts["a"].random_state == 5
    assert parts["b"].random_state.randint(1000) == np.random.RandomState(3).randint(1000)
    assert parts["c"] is shared
    assert shared.estimator.random_state is None
    assert parts["d"].cv.random_state is None
    assert isinstance(parts["e"].random_state, int)
    assert clone_seeded(small_forest(), 7).random_state == 7


def test_a_part_that_is_its_own_copy_is_not_changed():
    class Kept(LogisticRegression):
        def __sklearn_clone__(self):
            return self

    kept = Kept()
    copy = clone_seeded(VotingClassifier([("kept", kept), ("b", small_forest())]), 7)
    assert copy.estimators[0][1] is kept
    assert kept.random_state is None


def fit_twice(make, data, answer):
    """Answers of two fits with one seed, and one with another, with the global seed moving on."""
    answers = []
    for number, seed in enumerate((0, 0, 1)):
        np.random.seed(number)  # noqa: NPY002, what models draw from that have no seed
        answers.append(answer(make(seed).fit(*data)))
    return answers


# The others draw in parts that these have too.
DRAWING = {
    name: model
    for name, model in CLASSIFIERS.items()
    if name not in ("pipeline", "search", "default of a stack")
}


@pytest.mark.parametrize(("name", "model"), DRAWING.items(), ids=DRAWING)
def test_same_seed_same_classifier(customers, name, model):
    X, left, _ = customers
    estimator = ResponseClassifier if name == "voting" else ChurnClassifier
    one, same, other = fit_twice(
        lambda seed: estimator(model, calibrate=False, random_state=seed),
        (X, left),
        lambda fitted: fitted.predict_proba(X),
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


@pytest.mark.parametrize("model", REGRESSORS.values(), ids=REGRESSORS)
def test_same_seed_same_regressor(customers, model):
    X, left, weights = customers
    one, same, other = fit_twice(
        lambda seed: SpendRegressor(model, hurdle=False, random_state=seed),
        (X, left * weights),
        lambda fitted: fitted.predict(X),
    )
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


class DrawnRate(RegressorMixin, BaseEstimator):
    """A model of purchases, or of spend, that draws."""

    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X):
        self.rate_ = np.random.RandomState(self.random_state).uniform()
        return self

    def predict(self, X, horizon=1.0):
        return np.full(len(X), self.rate_ * horizon)


def as_histories(X):
    """Frequency, recency, T and amounts, to those models that want them."""
    histories = np.abs(X) + [0.0, 0.0, 9.0, 0.0]
    return np.column_stack([np.ceil(histories[:, 0]), histories[:, 1:]])


LOOSE = KMeans(4, init="random", n_init=1, max_iter=1)


@pytest.mark.parametrize(
    ("make", "answer"),
    [
        (
            lambda seed: SegmentClusterer(algorithm=make_pipeline(LOOSE), random_state=seed),
            lambda fitted: fitted.cluster_centers_,
        ),
        (
            lambda seed: CampaignFinance(LOOSE, n_bootstrap=0, random_state=seed),
            lambda fitted: fitted.segmenter_.cluster_centers_,
        ),
        (
            lambda seed: CampaignFinance(
                SegmentClusterer(algorithm=make_pipeline(LOOSE)), n_bootstrap=0, random_state=seed
            ),
            lambda fitted: fitted.segmenter_.cluster_centers_,
        ),
        (
            lambda seed: BTYDRegressor(DrawnRate(), DrawnRate(), horizon=2.0, random_state=seed),
            lambda fitted: np.array([fitted.purchases_.rate_, fitted.spend_.rate_]),
        ),
    ],
    ids=["segments", "campaign", "segments of a campaign", "purchases"],
)
def test_same_seed_same_answer_in_every_room(customers, make, answer):
    X, _, weights = customers
    X = as_histories(X)
    one, same, other = fit_twice(make, (X, weights), answer)
    np.testing.assert_array_equal(one, same)
    assert (one != other).any()


def test_two_models_of_purchases_draw_apart(customers):
    model = BTYDRegressor(DrawnRate(), DrawnRate(), horizon=2.0, random_state=0)
    fitted = model.fit(as_histories(customers[0]))
    assert fitted.purchases_.rate_ != fitted.spend_.rate_


class Witness(LogisticRegression):
    """Remembers all weights that it was given."""

    seen: list = []  # noqa: RUF012, of the class: copies are fitted

    def fit(self, X, y, sample_weight=None):
        self.seen.append(sample_weight)
        return super().fit(X, y, sample_weight)


class Wrapper(ClassifierMixin, BaseEstimator):
    """A meta-estimator of a user, without a word on metadata."""

    def __init__(self, estimator):
        self.estimator = estimator

    def fit(self, X, y, sample_weight=None):
        self.estimator_ = clone(self.estimator).fit(X, y, sample_weight=sample_weight)
        self.classes_ = self.estimator_.classes_
        return self

    def predict_proba(self, X):
        return self.estimator_.predict_proba(X)


WEIGHED = {
    "itself": Witness(),
    "pipeline": make_pipeline(StandardScaler(), Witness()),
    "pipelines": make_pipeline(StandardScaler(), make_pipeline(StandardScaler(), Witness())),
    "search": GridSearchCV(Witness(), {"C": [1.0, 2.0]}, cv=2, scoring="roc_auc"),
    "search of a pipeline": GridSearchCV(
        make_pipeline(StandardScaler(), Witness()), {"witness__C": [1.0, 2.0]}, cv=2
    ),
    "pipeline of a search": make_pipeline(StandardScaler(), GridSearchCV(Witness(), {}, cv=2)),
    "voting": VotingClassifier([("a", Witness()), ("b", "drop")], voting="soft"),
    "stacking": StackingClassifier([("a", small_forest())], Witness(), cv=2),
    "calibrated": CalibratedClassifierCV(Witness(), cv=2, ensemble=False),
    "wrapper": Wrapper(Witness()),
    "wrapper in a pipeline": make_pipeline(StandardScaler(), Wrapper(Witness())),
}


@pytest.mark.parametrize("routing", [False, True])
@pytest.mark.parametrize("model", WEIGHED.values(), ids=WEIGHED)
def test_weights_reach_what_learns(customers, model, routing):
    X, left, weights = customers
    Witness.seen.clear()
    with config_context(enable_metadata_routing=routing):
        assert takes_weights(model)
        fit_given(clone_seeded(model, 0), X, left, weights=weights)
    assert all(seen is not None for seen in Witness.seen)
    # The last of them learns from all rows.
    np.testing.assert_array_equal(Witness.seen[-1], weights)


BOTH = {
    **WEIGHED,
    "boosting": make_pipeline(AdaBoostClassifier(DecisionTreeClassifier(max_depth=1))),
    "bagging": BaggingClassifier(LogisticRegression(), 3),
    "forests": VotingClassifier([("a", small_forest()), ("b", AdaBoostClassifier(n_estimators=3))]),
}


@pytest.mark.parametrize("weighed", [False, True])
@pytest.mark.parametrize("model", BOTH.values(), ids=BOTH)
def test_routing_changes_no_answer(customers, model, weighed):
    X, left, weights = customers
    copies = [clone_seeded(model, 0) for _ in range(2)]
    for copy, routing in zip(copies, (False, True), strict=True):
        with config_context(enable_metadata_routing=routing):
            fit_given(copy, X, left, weights=weights if weighed else None)
    ask = "predict_proba" if hasattr(copies[0], "predict_proba") else "predict"
    np.testing.assert_array_equal(getattr(copies[0], ask)(X), getattr(copies[1], ask)(X))


def requested(model, wanted=True):
    """A model whose user has said whether it gets weights."""
    with config_context(enable_metadata_routing=True):
        return model.set_fit_request(sample_weight=wanted)


def test_requests_of_the_user_decide_under_routing(customers):
    X, left, weights = customers
    weighted_scaler = make_pipeline(requested(StandardScaler()), requested(LogisticRegression()))
    plain_scaler = make_pipeline(StandardScaler(), requested(LogisticRegression()))
    with config_context(enable_metadata_routing=True):
        score = make_scorer(accuracy_score).set_score_request(sample_weight=False)
        searched = GridSearchCV(plain_scaler, {"logisticregression__C": [1.0]}, cv=2, scoring=score)
        both, one, found = (
            fit_given(clone(model), X, left, weights=weights)
            for model in (weighted_scaler, plain_scaler, searched)
        )
    mean = np.average(X, axis=0, weights=weights)
    np.testing.assert_allclose(both[0].mean_, mean)
    np.testing.assert_allclose(one[0].mean_, X.mean(axis=0))
    by_hand = LogisticRegression().fit(one[0].transform(X), left, sample_weight=weights)
    np.testing.assert_array_equal(one[-1].coef_, by_hand.coef_)
    np.testing.assert_array_equal(found.best_estimator_[-1].coef_, by_hand.coef_)


def test_routing_takes_weights_where_there_is_no_other_way(customers):
    X, left, weights = customers
    voting = VotingClassifier(
        [("a", make_pipeline(StandardScaler(), requested(LogisticRegression())))]
    )
    with pytest.raises(ValueError, match=r"fit takes no weights.*enable_metadata_routing=True"):
        require_weights("model", voting)
    with config_context(enable_metadata_routing=True):
        require_weights("model", voting)
        fitted = fit_given(clone(voting), X, left, weights=weights)
    alone = fit_given(
        make_pipeline(StandardScaler(), LogisticRegression()), X, left, weights=weights
    )
    np.testing.assert_array_equal(fitted.estimators_[0][-1].coef_, alone[-1].coef_)


def test_weights_that_nobody_takes_are_refused(customers):
    refused = [
        KNeighborsClassifier(),
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        make_pipeline(StandardScaler(), "passthrough"),
        GridSearchCV(KNeighborsClassifier(), {}),
        TunedThresholdClassifierCV(LogisticRegression()),
        OneVsRestClassifier(LogisticRegression()),
        VotingClassifier([("a", LogisticRegression()), ("b", KNeighborsClassifier())]),
    ]
    for model in refused:
        with pytest.raises(
            ValueError, match=r"None or all equal with algorithm=.*takes no weights"
        ):
            require_weights("algorithm", model)
    declined = make_pipeline(StandardScaler(), requested(LogisticRegression(), False))
    named = requested(LogisticRegression(), "importance")
    with config_context(enable_metadata_routing=True):
        for model in (declined, named):
            with pytest.raises(ValueError, match="whose metadata requests leave weights out"):
                require_weights("model", model)
    require_weights("model", declined)  # requests say nothing while routing is not enabled


class Resampler(BaseEstimator):
    """A step that changes the number of rows."""

    def fit_resample(self, X, y):
        return X, y


def test_weights_of_rows_that_are_drawn_anew_are_refused():
    with pytest.raises(ValueError, match="takes no weights"):
        require_weights("model", Pipeline([("more", Resampler()), ("model", LogisticRegression())]))


@pytest.mark.parametrize("routing", [False, True])
def test_target_and_clusterers_of_pipelines_take_weights(customers, routing):
    X, left, weights = customers
    target = TransformedTargetRegressor(Ridge(), func=np.log1p, inverse_func=np.expm1)
    with config_context(enable_metadata_routing=routing):
        fitted = fit_given(clone(target), X, left, weights=weights)
        pipeline = make_pipeline(FunctionTransformer(), KMeans(3, random_state=0))
        segments = SegmentClusterer(algorithm=pipeline).fit(X, sample_weight=weights)
    by_hand = Ridge().fit(X, np.log1p(left), sample_weight=weights)
    np.testing.assert_allclose(fitted.regressor_.coef_, by_hand.coef_, rtol=1e-12)
    theirs = KMeans(3, random_state=0).fit(X, sample_weight=weights)
    np.testing.assert_array_equal(segments.algorithm_[-1].cluster_centers_, theirs.cluster_centers_)


WEIGHED_CLASSES = {
    "itself": lambda weights: LogisticRegression(class_weight=weights),
    "pipeline": lambda weights: make_pipeline(LogisticRegression(class_weight=weights)),
    "voting": lambda weights: VotingClassifier(
        [("a", LogisticRegression(class_weight=weights))], voting="soft"
    ),
    "grid": lambda weights: GridSearchCV(
        make_pipeline(LogisticRegression()), {"logisticregression__class_weight": [weights]}, cv=2
    ),
    "grids": lambda weights: GridSearchCV(
        Pipeline([("model", LogisticRegression())]),
        [{"model": [LogisticRegression(class_weight=weights)]}],
        cv=2,
    ),
}


@pytest.mark.parametrize(
    ("make", "names"),
    [
        *((make, names) for make in WEIGHED_CLASSES.values() for names in [(1, 2), ("No", "Yes")]),
        *((WEIGHED_CLASSES["itself"], names) for names in [(-1, 1), (False, True), (0, 1)]),
    ],
)
def test_weights_of_classes_go_by_their_labels(customers, make, names):
    X, left, _ = customers
    labels = np.array(names)[left]
    weights = {names[0]: 5.0, names[1]: 1.0}
    fitted = ChurnClassifier(
        make(weights), pos_label=names[1], calibrate=False, random_state=0
    ).fit(X, labels)
    by_hand = LogisticRegression(class_weight={0: 5.0, 1: 1.0})
    by_hand.fit(StandardScaler().fit_transform(X), left)
    p = by_hand.predict_proba(StandardScaler().fit_transform(X))
    np.testing.assert_allclose(fitted.predict_proba(X), p, rtol=1e-6)


def test_weight_of_one_class_goes_to_it(customers):
    X, left, _ = customers
    model = LogisticRegression(class_weight={1: 5.0})  # 1 is the first of 1 and 2, and no True
    fitted = ChurnClassifier(model, pos_label=2, calibrate=False, random_state=0).fit(X, left + 1)
    plain = ChurnClassifier(LogisticRegression(), calibrate=False, random_state=0).fit(X, left)
    assert fitted.predict_proba(X)[:, 0].mean() > plain.predict_proba(X)[:, 0].mean() + 0.2


def test_positive_class_and_unknown_labels_of_a_part(customers):
    X, left, _ = customers
    labels = np.where(left, "Yes", "No")
    inner = ChurnClassifier("logistic", pos_label="No", customer_value=100.0, random_state=0)
    outer = ChurnClassifier(inner, random_state=0).fit(X, labels)
    assert outer.model_[-1].churn_class_ == np.False_
    assert inner.pos_label == "No"
    wrong = LogisticRegression(class_weight={"yes": 2.0})
    with pytest.raises(
        ValueError, match=r"class_weight in model must be of the classes 'No', 'Yes'"
    ):
        ChurnClassifier(wrong, random_state=0).fit(X, labels)
    by_number = LogisticRegression(class_weight={0: 1.0, 1: 2.0})
    by_name = LogisticRegression(class_weight={"No": 1.0, "Yes": 2.0})
    one, other = (ChurnClassifier(m, random_state=0).fit(X, labels) for m in (by_number, by_name))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


@pytest.mark.parametrize(
    "wrap",
    [
        lambda inner: VotingClassifier([("churn", inner)]),
        lambda inner: StackingClassifier([("churn", inner)], cv=2),
        lambda inner: BaggingClassifier(inner, 2, random_state=0),
    ],
    ids=["voting", "stacking", "bagging"],
)
def test_wrappers_that_number_labels(customers, wrap):
    X, left, _ = customers
    labels = np.where(left, "Yes", "No")
    named = ChurnClassifier("logistic", pos_label="Yes", random_state=0)
    with pytest.raises(
        ValueError, match=r"VotingClassifier.*numbered them.*pos_label=1 for the last"
    ):
        wrap(named).fit(X, labels)
    fitted = wrap(named.set_params(pos_label=1)).fit(X, labels)
    assert fitted.score(X, labels) > 0.6


@pytest.mark.filterwarnings("ignore:Scoring failed", "ignore:One or more of the test scores")
@pytest.mark.parametrize(
    "wrap",
    [
        lambda search: search,
        lambda search: make_pipeline(StandardScaler(), search),
        lambda search: VotingClassifier([("a", search), ("b", LogisticRegression())]),
    ],
)
def test_a_search_without_scores_chooses_nothing(wrap):
    def fail(*_):
        raise RuntimeError("no score")

    search = GridSearchCV(LogisticRegression(), {"C": [1e-6, 1.0]}, scoring=fail, cv=2)
    with pytest.raises(ValueError, match="GridSearchCV of LogisticRegression found no score"):
        fit_given(wrap(search), np.arange(20.0)[:, None], np.arange(20) % 2)
