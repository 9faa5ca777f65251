"""The model of sureness that ships is what its script makes of the candidates that ship."""

from __future__ import annotations

import numpy as np
import pytest

from data.heads_results.candidates import CANDIDATES_FILE, FOLDER, Floats, read_table
from data.heads_results.train import THRESHOLD, _by_rules, _given, _out_of_fold, fitted
from evidence.extraction.sureness_trees import MODEL_FILE, load_model

TABLE = read_table(FOLDER / CANDIDATES_FILE)


def test_the_script_makes_the_model() -> None:
    shipped, made = load_model(), fitted(TABLE)
    features = TABLE.features.astype(np.float64)
    assert shipped.threshold == THRESHOLD
    assert shipped.probabilities(features) == pytest.approx(made.probabilities(features), abs=1e-5)
    assert (FOLDER / MODEL_FILE).stat().st_size < 200_000


def test_the_trees_say_what_they_said_when_they_were_fitted() -> None:
    from sklearn.ensemble import GradientBoostingClassifier

    boosted = GradientBoostingClassifier(
        n_estimators=120, max_depth=3, learning_rate=0.06, subsample=0.7,
        min_samples_leaf=12, max_features=0.3, random_state=0,
    )  # fmt: skip
    boosted.fit(TABLE.features, TABLE.is_right)
    own = load_model().probabilities(TABLE.features.astype(np.float64))
    assert own == pytest.approx(boosted.predict_proba(TABLE.features)[:, 1], abs=1e-5)


@pytest.mark.parametrize("rules", sorted(set(TABLE.rules.tolist())))
def test_what_is_given_out_of_fold_is_right_nine_times_in_ten(rules: str, chances: Floats) -> None:
    rows = TABLE.rules == rules
    kept = TABLE.where(rows)
    given = _given(kept, chances[rows], THRESHOLD)
    right, wrong = kept.right[given].sum(), kept.wrong[given].sum()
    before = _by_rules(kept)
    alone = kept.right[before].sum() / (kept.right + kept.wrong)[before].sum()
    assert right / (right + wrong) > max(0.9, alone)


@pytest.fixture(scope="module")
def chances() -> Floats:
    """What a model of the other articles says of each candidate."""
    return _out_of_fold(TABLE, 0)
