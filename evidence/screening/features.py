"""What the learner sees of each record, read once before screening begins; no label is used.

words       TF-IDF of single words and pairs of words in title and abstract
vectors     the encoder's vector, and beside it the offline engine's verdicts as numbers
zero_shot   how near a record is to the question: meaning, cues of a report, verdicts
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evidence.question import ClinicalQuestion
from evidence.screening.report_cues import report_cues, standardised
from evidence.screening.verdict_features import VerdictFeatures, verdict_features, zero_label_score
from indexers.encoder import Encoder
from indexers.records import Record
from indexers.vectors import embedded_text

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

# Shares in `zero_shot` of what is standardised; set before any run and the same for every review.
CUES_SHARE = 0.5
VERDICTS_SHARE = 0.5
# Relative scales of the parts of `vectors`, on which the penalty of the learner depends.
_VECTOR_SCALE = 3.16
_VERDICT_SCALE = 0.15
# The rules read so many records, those nearest in meaning; the others have the mean of the rest.
VERDICTS_AT_MOST = 20_000
_FEW = 50
_DECIMALS = 6  # below it, cosines differ from processor to processor


@dataclass(frozen=True)
class ScreeningFeatures:
    """Features of records; rows are in the order of `record_ids`.

    Attributes:
        record_ids: One a record.
        words: [n_records, n_terms], rows of length 1.
        vectors: [n_records, n_features].
        zero_shot: [n_records], higher is nearer to the question; the sum of `parts`.
        parts: What `zero_shot` is made of, by name, each [n_records] and standardised.
    """

    record_ids: tuple[str, ...]
    words: csr_matrix
    vectors: NDArray[np.float32]
    zero_shot: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]


def read_features(
    records: Sequence[Record],
    question: ClinicalQuestion,
    encoder: Encoder,
    vectors: NDArray[np.float32] | None = None,
) -> ScreeningFeatures:
    """Read the features of records for a question.

    Args:
        records: Any number, in any order; their order decides between equal records.
        question: Its words, and its criteria or those drafted from its words.
        encoder: Makes the vector of the question, and of the records where none are given.
        vectors: [n_records, dimension] of `embedded_text`, from the same encoder.
    """
    from scipy.sparse import csr_matrix

    if not records:
        empty = np.zeros(0)
        return ScreeningFeatures((), csr_matrix((0, 1)), np.zeros((0, 1), np.float32), empty, {})
    texts = [embedded_text(record) for record in records]
    dense = encoder.encode(texts) if vectors is None else vectors
    asked = encoder.encode([question.text])[0]
    nearness = np.round(dense.astype(np.float64) @ asked.astype(np.float64), _DECIMALS)
    rows, read = _verdicts(question, records, nearness)
    parts = {
        "meaning": standardised(nearness),
        "report": CUES_SHARE * report_cues(texts, [bool(record.abstract) for record in records]),
        "criteria": VERDICTS_SHARE
        * standardised(_spread(standardised(zero_label_score(read)), rows, len(records))),
    }
    verdicts = _spread(standardised(read.matrix.astype(np.float64)), rows, len(records))
    return ScreeningFeatures(
        record_ids=tuple(record.record_id for record in records),
        words=_words(texts),
        vectors=np.hstack([_VECTOR_SCALE * dense, _VERDICT_SCALE * verdicts]).astype(np.float32),
        zero_shot=np.round(np.sum(list(parts.values()), axis=0), _DECIMALS),
        parts=parts,
    )


def _verdicts(
    question: ClinicalQuestion, records: Sequence[Record], nearness: NDArray[np.float64]
) -> tuple[NDArray[np.int64], VerdictFeatures]:
    """The rows that the rules read, and what they read."""
    nearest = np.argsort(-nearness, kind="stable")[:VERDICTS_AT_MOST]
    rows = np.sort(nearest)
    return rows, verdict_features(question, [records[row] for row in rows])


def _spread(
    values: NDArray[np.float64], rows: NDArray[np.int64], n_records: int
) -> NDArray[np.float64]:
    """Values of some rows over all rows; the others have zeros."""
    spread = np.zeros((n_records, *values.shape[1:]))
    spread[rows] = values
    return spread


def _words(texts: Sequence[str]) -> csr_matrix:
    """TF-IDF with 1 + ln(count), words and pairs of words; a single occurrence is left out."""
    from scipy.sparse import csr_matrix
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(re.search(r"\w", text) for text in texts):
        return csr_matrix((len(texts), 1))
    many = len(texts) >= _FEW
    vectoriser = TfidfVectorizer(
        ngram_range=(1, 2),
        sublinear_tf=True,
        min_df=2 if many else 1,
        max_df=0.95 if many else 1.0,
        token_pattern=r"(?u)\b\w\w+\b" if many else r"(?u)\w+",
    )
    return csr_matrix(vectoriser.fit_transform(texts))
