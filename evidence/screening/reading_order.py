"""The order in which records are read: what was decided so far, and what the learner makes of it.

Who learns from what. The learner takes people's verdicts on titles and abstracts only; the engine's
are among the features. Settled verdicts are everybody's. Where two reviewers judge a record, a
verdict that waits for the second one is used for its author's list alone: so a list never tells
whether the other reviewer included a record that its reader has still to judge, and whoever reads
ahead of the other is helped by the own verdicts from the start.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evidence.judgements import Phase
from evidence.screening.features import ScreeningFeatures
from evidence.screening.prioritise import EXCLUDED, INCLUDED, NOT_SCREENED, priorities
from evidence.screening.verdicts import person_key

if TYPE_CHECKING:
    from evidence.state import ReviewState


def known_labels(state: ReviewState, reviewer: str) -> dict[str, int]:
    """What the learner may take from the log for a reviewer's list, by record, duplicates aside.

    `unclear` goes on to the full text and counts as included, as it does for stopping.
    """
    labels, name = {}, person_key(reviewer)
    for (record_id, phase), said in state.verdicts.items():
        if phase != "title_abstract" or record_id not in state.records:
            continue
        if record_id in state.duplicates:
            continue
        verdict = said.decision
        if verdict is None:
            verdict = said.reviewers.get(name)
        if verdict is not None and verdict.provenance.by_person:
            labels[record_id] = EXCLUDED if verdict.verdict == "exclude" else INCLUDED
    return labels


def best_first(
    features: ScreeningFeatures, state: ReviewState, due: Sequence[str], reviewer: str
) -> list[str]:
    """The records that are due, those first that are most likely to be included.

    Args:
        features: Of all records of the state, in its order.
        state: Where the review stands.
        due: Some of its records; equally likely ones stay in this order.
        reviewer: Whose list it is.
    """
    return _by_priority(features, state, due, known_labels(state, reviewer))


def nearest_first(features: ScreeningFeatures, state: ReviewState, due: Sequence[str]) -> list[str]:
    """The order before anything is learned: those first that are nearest to the question.

    For the arguments see `best_first`. The verdicts of the state are left aside.
    """
    return _by_priority(features, state, due, {})


def _by_priority(
    features: ScreeningFeatures, state: ReviewState, due: Sequence[str], known: Mapping[str, int]
) -> list[str]:
    kept = [row for row, i in enumerate(features.record_ids) if i not in state.duplicates]
    if len(kept) < len(features.record_ids):  # a copy of an included record is no example
        features = features.only(np.array(kept, dtype=np.int64))
    labels = np.array([known.get(i, NOT_SCREENED) for i in features.record_ids], dtype=np.int8)
    scores = dict(zip(features.record_ids, priorities(features, labels).tolist(), strict=True))
    return sorted(due, key=lambda record_id: -scores[record_id])


def sample_first(state: ReviewState, phase: Phase, due: Sequence[str]) -> list[str]:
    """What is due of an open stopping sample, in the sample's order.

    A sample is read before all else: until it is, nobody knows whether screening may stop, and the
    order in which it is read must not depend on what it holds.
    """
    sample = state.stopping.sample
    if phase != "title_abstract" or sample is None:
        return []
    waiting = set(due)
    return [record_id for record_id in sample.to_screen if record_id in waiting]
