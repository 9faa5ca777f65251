"""What the learner sees of each record, read once before screening begins; no label is used.

words       TF-IDF of single words and pairs of words in title and abstract
vectors     the encoder's vector, and beside it the offline engine's verdicts as numbers
zero_shot   how near a record is to the question: meaning, cues of a report, verdicts
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from evidence.question import ClinicalQuestion
from evidence.screening.report_cues import report_cues, standardised
from evidence.screening.term_weights import term_weights
from evidence.screening.verdict_features import (
    VERDICT,
    VerdictFeatures,
    verdict_features,
    zero_label_score,
)
from indexers.encoder import Encoder, Progress
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
_ROWS_AT_ONCE = 8192
_DECIMALS = 6  # below it, cosines differ from processor to processor

StepProgress = Callable[[str, int, int], None]
"""Called with the name of a step, how much of it is done, and how much there is."""


@dataclass(frozen=True)
class ScreeningFeatures:
    """Features of records; rows are in the order of `record_ids`.

    Attributes:
        record_ids: One a record.
        words: [n_records, n_terms], rows of length 1.
        vectors: [n_records, n_features].
        zero_shot: [n_records], higher is nearer to the question; the sum of `parts`.
        parts: What `zero_shot` is made of, by name, each [n_records] and standardised.
        verdicts: The engine's verdict by criterion, each [n_records]: 1 speaks for the record, -1
            against it, 0 is open, NaN was not read.
    """

    record_ids: tuple[str, ...]
    words: csr_matrix
    vectors: NDArray[np.float32]
    zero_shot: NDArray[np.float64]
    parts: dict[str, NDArray[np.float64]]
    verdicts: dict[str, NDArray[np.float32]] = field(default_factory=dict)

    def only(self, rows: NDArray[np.int64]) -> ScreeningFeatures:
        """The features of some records, in the order of their rows."""
        return ScreeningFeatures(
            record_ids=tuple(self.record_ids[row] for row in rows),
            words=self.words[rows],
            vectors=self.vectors[rows],
            zero_shot=self.zero_shot[rows],
            parts={name: values[rows] for name, values in self.parts.items()},
            verdicts={name: values[rows] for name, values in self.verdicts.items()},
        )


def read_features(
    records: Sequence[Record],
    question: ClinicalQuestion,
    encoder: Encoder,
    vectors: NDArray[np.float32] | None = None,
    progress: StepProgress | None = None,
) -> ScreeningFeatures:
    """Read the features of records for a question.

    A hundred thousand records with their vectors take a minute and two gigabytes on one core.

    Args:
        records: Any number, in any order; their order decides between equal records.
        question: Its words, and its criteria or those drafted from its words.
        encoder: Makes the vector of the question, and of the records where none are given.
        vectors: [n_records, dimension] of `embedded_text`, from the same encoder.
        progress: Told of the steps `embed` and `verdicts`.

    Raises:
        ValueError: There are not as many vectors as records.
    """
    from scipy.sparse import csr_matrix

    if vectors is not None and len(vectors) != len(records):
        raise ValueError(f"{len(vectors)} vectors: expected one for each of {len(records)} records")
    if not records:
        empty = np.zeros(0)
        nothing = csr_matrix((0, 1), dtype=np.float32)
        return ScreeningFeatures((), nothing, np.zeros((0, 1), np.float32), empty, {})
    texts = [embedded_text(record) for record in records]
    told = _step(progress, "embed")
    dense = encoder.encode(texts, told) if vectors is None else vectors
    nearness = np.round(_cosines(dense, encoder.encode([question.text])[0]), _DECIMALS)
    rows, read = _verdicts(question, records, nearness, _step(progress, "verdicts"))
    parts = {
        "meaning": standardised(nearness),
        "report": CUES_SHARE * report_cues(texts, [bool(record.abstract) for record in records]),
        "criteria": VERDICTS_SHARE
        * standardised(_spread(standardised(zero_label_score(read)), rows, len(records))),
    }
    return ScreeningFeatures(
        record_ids=tuple(record.record_id for record in records),
        words=term_weights(texts),
        vectors=_side_by_side(dense, rows, standardised(read.matrix.astype(np.float64))),
        zero_shot=np.round(np.sum(list(parts.values()), axis=0), _DECIMALS),
        parts=parts,
        verdicts=_by_criterion(read, rows, len(records)),
    )


def _step(progress: StepProgress | None, name: str) -> Progress | None:
    """Progress of one step."""
    if progress is None:
        return None
    return lambda done, total: progress(name, done, total)


def _cosines(dense: NDArray[np.float32], asked: NDArray[np.float32]) -> NDArray[np.float64]:
    """Inner products in double precision; only some rows at a time take twice their memory."""
    wide = asked.astype(np.float64)
    starts = range(0, len(dense), _ROWS_AT_ONCE)
    return np.concatenate([dense[s : s + _ROWS_AT_ONCE].astype(np.float64) @ wide for s in starts])


def _verdicts(
    question: ClinicalQuestion,
    records: Sequence[Record],
    nearness: NDArray[np.float64],
    progress: Progress | None,
) -> tuple[NDArray[np.int64], VerdictFeatures]:
    """The rows that the rules read, and what they read."""
    nearest = np.argsort(-nearness, kind="stable")[:VERDICTS_AT_MOST]
    rows = np.sort(nearest)
    return rows, verdict_features(question, [records[row] for row in rows], progress)


def _by_criterion(
    read: VerdictFeatures, rows: NDArray[np.int64], n_records: int
) -> dict[str, NDArray[np.float32]]:
    """The engine's verdicts on all records, NaN on those that it has not read."""
    found = {}
    for name in read.names:
        if name.startswith(VERDICT):
            values = np.full(n_records, np.nan, dtype=np.float32)
            values[rows] = read.column(name)
            found[name.removeprefix(VERDICT)] = values
    return found


def _side_by_side(
    dense: NDArray[np.float32], rows: NDArray[np.int64], verdicts: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Vectors of all records, and beside them the verdicts on some; the others have zeros."""
    n_records, dimension = dense.shape
    both = np.zeros((n_records, dimension + verdicts.shape[1]), dtype=np.float32)
    np.multiply(dense, np.float32(_VECTOR_SCALE), out=both[:, :dimension])
    both[rows, dimension:] = _VERDICT_SCALE * verdicts
    return both


def _spread(
    values: NDArray[np.float64], rows: NDArray[np.int64], n_records: int
) -> NDArray[np.float64]:
    """Values of some rows over all rows; the others have zeros."""
    spread = np.zeros(n_records)
    spread[rows] = values
    return spread
