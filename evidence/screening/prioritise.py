"""What to read next: records ranked by how likely they are to be included.

Before the first decision the ranking is that of nearness to the question. From then on two unlike
models learn from every decision: a linear support vector machine on words (sparse, exact, quick to
take up a drug's name) and a logistic regression on vectors and verdicts (dense, takes up what is
said in other words). Their standardised scores are averaged, and nearness to the question stands
beside them, less and less as included records are found.

Unscreened records, picked at random, count as excluded among the examples: most of them are, and
without them a learner that has seen only the records nearest to the question mistakes what those
have in common for what it should look for (Cormack & Grossman 2015, arXiv 1504.06868, §3).
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evidence.screening.features import ScreeningFeatures
from evidence.screening.report_cues import standardised

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

INCLUDED, EXCLUDED, NOT_SCREENED = 1, 0, -1

# One set of constants for every review. C of the words and the weight of included records are
# those of ASReview's ELAS u4; the others were chosen on ten development reviews, see
# `eval/README.md` for what each is worth and for the leave-one-review-out check.
WORDS_C = 0.11
WORDS_INCLUDED_WEIGHT = 9.8
VECTORS_C = 1.0
VECTORS_SHARE = 0.4
ZERO_SHOT_SHARE = 2.0
ZERO_SHOT_FADING = 0.2
PRESUMED_EXCLUDED = 100
# With few included among many screened, an exact fit takes hundreds of passes over the examples
# and changes no order that matters; so many bound the time.
_WORDS_TOLERANCE = 0.1
_WORDS_PASSES = 60
_DECIMALS = 6
# It takes a second or two, which nobody should wait for after a decision; so it is in pieces, what
# the later ones need first.
LEARNERS = (
    *("scipy.special", "scipy.sparse.linalg", "scipy.optimize", "scipy.stats.distributions"),
    *("scipy.stats", "pandas", "sklearn.base", "sklearn.linear_model", "sklearn.svm"),
)
"""What learning imports."""


def screening_order(features: ScreeningFeatures, labels: NDArray[np.int8]) -> list[int]:
    """The rows of the records that are not screened, best first; ties go by row."""
    scores = priorities(features, labels)
    open_rows = np.flatnonzero(labels == NOT_SCREENED)
    return [int(row) for row in open_rows[np.argsort(-scores[open_rows], kind="stable")]]


def priorities(features: ScreeningFeatures, labels: NDArray[np.int8]) -> NDArray[np.float64]:
    """How soon each record should be read, [n_records]; higher is sooner.

    A function of its arguments alone: the same decisions, in whatever order they were made, give
    the same ranking.

    Args:
        features: Of all records.
        labels: [n_records], 1 included, 0 excluded, -1 not screened.
    """
    if not len(labels):
        return np.zeros(0)
    asked = standardised(features.zero_shot)
    n_included = int((labels == INCLUDED).sum())
    rows, included = _examples(labels)
    if not included.any() or included.all():
        return np.round(asked, _DECIMALS)
    by_words = standardised(_words_scores(features.words, rows, included))
    by_vectors = standardised(_vectors_scores(features.vectors, rows, included))
    learned = (by_words + VECTORS_SHARE * by_vectors) / (1 + VECTORS_SHARE)
    fading = ZERO_SHOT_SHARE / (1 + ZERO_SHOT_FADING * n_included)
    return np.round(learned + fading * asked, _DECIMALS)


def _examples(labels: NDArray[np.int8]) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The rows to learn from, and whether each counts as included."""
    screened = np.flatnonzero(labels != NOT_SCREENED)
    open_rows = np.flatnonzero(labels == NOT_SCREENED)
    # Another draw after each decision: over many decisions no record's chance draw weighs much.
    random = np.random.default_rng(len(screened))
    n_presumed = min(PRESUMED_EXCLUDED, len(open_rows))
    presumed = np.sort(random.choice(open_rows, n_presumed, replace=False))
    rows = np.concatenate([screened, presumed])
    included = np.concatenate([labels[screened] == INCLUDED, np.zeros(n_presumed, dtype=bool)])
    return rows, included


def _words_scores(
    words: csr_matrix, rows: NDArray[np.int64], included: NDArray[np.bool_]
) -> NDArray[np.float64]:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.svm import LinearSVC

    ratio = (~included).sum() / included.sum()
    weights = np.where(included, WORDS_INCLUDED_WEIGHT * ratio, 1.0)
    model = LinearSVC(
        C=WORDS_C, dual=True, random_state=0, tol=_WORDS_TOLERANCE, max_iter=_WORDS_PASSES
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(words[rows], included, sample_weight=weights)
    return np.asarray(model.decision_function(words), dtype=np.float64)


def _vectors_scores(
    vectors: NDArray[np.float32], rows: NDArray[np.int64], included: NDArray[np.bool_]
) -> NDArray[np.float64]:
    from sklearn.linear_model import LogisticRegression

    ratio = (~included).sum() / included.sum()
    weights = np.where(included, ratio, 1.0)
    model = LogisticRegression(C=VECTORS_C, max_iter=200, tol=1e-3)
    model.fit(vectors[rows], included, sample_weight=weights)
    return np.asarray(model.decision_function(vectors), dtype=np.float64)
