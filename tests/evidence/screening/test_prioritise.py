"""The order of reading: what is learned from decisions, and what is known before any."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from evidence.screening.features import ScreeningFeatures
from evidence.screening.prioritise import NOT_SCREENED, priorities, screening_order

N_RECORDS = 120
WANTED, UNWANTED, SYNONYM = 0, 1, 2  # columns of `words`


def unscreened(n: int = N_RECORDS) -> NDArray[np.int8]:
    return np.full(n, NOT_SCREENED, dtype=np.int8)


@pytest.fixture
def features() -> ScreeningFeatures:
    """Every third record is about the wanted drug; nearness to the question knows nothing of it.

    The last wanted one calls the drug by another word, which only its vector betrays.
    """
    wanted = np.arange(N_RECORDS) % 3 == 0
    other_word = np.zeros(N_RECORDS, dtype=bool)
    other_word[N_RECORDS - 3] = True
    words = np.zeros((N_RECORDS, 40))
    words[wanted & ~other_word, WANTED] = 1.0
    words[~wanted, UNWANTED] = 1.0
    words[other_word, SYNONYM] = 1.0
    words[np.arange(N_RECORDS), 3 + np.arange(N_RECORDS) % 37] = 0.3
    words /= np.linalg.norm(words, axis=1, keepdims=True)
    vectors = np.where(wanted[:, None], [[1.0, 0.0]], [[0.0, 1.0]]).astype(np.float32)
    nearness = np.cos(np.arange(N_RECORDS, dtype=np.float64))
    return ScreeningFeatures(
        record_ids=tuple(f"R{i}" for i in range(N_RECORDS)),
        words=csr_matrix(words),
        vectors=vectors,
        zero_shot=nearness,
        parts={"meaning": nearness},
    )


def test_before_any_decision_records_are_read_by_nearness(features: ScreeningFeatures) -> None:
    order = screening_order(features, unscreened())
    assert order == sorted(range(N_RECORDS), key=lambda row: -features.zero_shot[row])


def test_while_nothing_is_included_records_are_read_by_nearness(
    features: ScreeningFeatures,
) -> None:
    labels = unscreened()
    nearest = screening_order(features, labels)
    labels[nearest[:5]] = 0
    assert screening_order(features, labels) == nearest[5:]


def test_decisions_bring_up_what_is_like_the_included(features: ScreeningFeatures) -> None:
    labels = unscreened()
    labels[[0, 3, 6, 9, 12, 15]] = 1
    labels[[1, 2, 4, 5, 7, 8]] = 0
    by_nearness = [row for row in screening_order(features, unscreened()) if labels[row] < 0]
    first = screening_order(features, labels)[:30]
    assert sum(row % 3 == 0 for row in by_nearness[:30]) < 15
    assert sum(row % 3 == 0 for row in first) >= 25


def test_one_included_record_is_enough_to_learn_from(features: ScreeningFeatures) -> None:
    far_apart = replace(features, zero_shot=np.zeros(N_RECORDS))
    labels = unscreened()
    labels[0] = 1
    first = screening_order(far_apart, labels)[:20]
    assert sum(row % 3 == 0 for row in first) >= 18


def test_vectors_bring_up_what_is_said_in_other_words(features: ScreeningFeatures) -> None:
    in_other_words = N_RECORDS - 3
    labels = unscreened()
    labels[[0, 3, 6, 9, 12, 15]] = 1
    labels[[1, 2, 4, 5, 7, 8]] = 0
    scores = priorities(features, labels)
    others = [row for row in range(20, N_RECORDS) if row % 3]
    assert scores[in_other_words] > np.mean(scores[others])
    without = priorities(replace(features, vectors=np.ones_like(features.vectors)), labels)
    spread = float(np.std(scores))
    assert (scores[in_other_words] - without[in_other_words]) > 0.2 * spread


def test_nearness_fades_as_included_records_are_found(features: ScreeningFeatures) -> None:
    """With many included, a record that is near but unlike them no longer comes before them."""
    shape = np.zeros(N_RECORDS)
    shape[1] = 30.0  # nearest by far, and unwanted
    near = replace(features, zero_shot=shape)
    few, many = unscreened(), unscreened()
    few[0], few[2] = 1, 0
    many[0:105:3] = 1
    many[2:105:3] = 0
    lead = [scores[1] - scores[105] for scores in (priorities(near, few), priorities(near, many))]
    assert lead[0] > 2 * lead[1]


def test_the_ranking_is_of_the_decisions_alone(features: ScreeningFeatures) -> None:
    labels = unscreened()
    labels[[0, 3, 7]] = [1, 1, 0]
    once, again = priorities(features, labels), priorities(features, labels.copy())
    assert once.tobytes() == again.tobytes()


def test_only_unscreened_records_are_listed_each_once(features: ScreeningFeatures) -> None:
    labels = unscreened()
    labels[:60] = np.arange(60) % 3 == 0
    assert sorted(screening_order(features, labels)) == list(range(60, N_RECORDS))


@pytest.mark.parametrize("label", [0, 1])
def test_screened_to_the_end_nothing_is_left(features: ScreeningFeatures, label: int) -> None:
    assert screening_order(features, np.full(N_RECORDS, label, dtype=np.int8)) == []


def test_equal_records_keep_their_order() -> None:
    n = 64
    alike = ScreeningFeatures(
        record_ids=tuple(f"R{i}" for i in range(n)),
        words=csr_matrix(np.ones((n, 1))),
        vectors=np.ones((n, 2), dtype=np.float32),
        zero_shot=np.zeros(n),
        parts={},
    )
    labels = unscreened(n)
    labels[3] = 1
    assert screening_order(alike, labels) == [row for row in range(n) if row != 3]


def test_no_records_have_no_order() -> None:
    empty = ScreeningFeatures((), csr_matrix((0, 1)), np.zeros((0, 1), np.float32), np.zeros(0), {})
    assert screening_order(empty, unscreened(0)) == []
