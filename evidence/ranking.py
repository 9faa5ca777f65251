"""Records ranked by a question, before anyone has screened or after some were."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evidence.errors import SourceError
from evidence.question import ClinicalQuestion
from indexers.records import Frozen, Record
from indexers.spreadsheet_cells import inert_cell, text_of_cell

if TYPE_CHECKING:
    from evidence.screening.features import ScreeningFeatures, StepProgress
    from indexers.encoder import Encoder

_LABELS = {"1": True, "1.0": True, "0": False, "0.0": False, "": None}
"""With decimals where a program wrote a column that has gaps."""
_LABEL_COLUMNS = ("record_id", "label_included")
_DECIMALS = 6


class RankedRecord(Frozen):
    """A record's place; rank 1 is to be read first.

    Attributes:
        score: The sum of `parts` before anyone has screened, else the learner's.
        parts: How near the record is to the question, by `meaning`, `report` and `criteria`: each
            standardised over the records.
        verdicts: By criterion, met, unclear or not_met; empty where the rules have not read the
            record: they read the 20,000 nearest in meaning.
    """

    rank: int
    record_id: str
    score: float
    title: str
    parts: dict[str, float]
    verdicts: dict[str, str]


def rank_records(
    records: Sequence[Record],
    question: ClinicalQuestion,
    *,
    encoder: Encoder | None = None,
    labels: Mapping[str, bool] | None = None,
    progress: StepProgress | None = None,
) -> list[RankedRecord]:
    """Rank records by nearness to a question; equal ones by record id.

    Args:
        records: What is to be ranked.
        question: Its words and its criteria.
        encoder: Makes the vectors; MiniLM unless given.
        labels: Whether records were included, by record id. They teach the learner, and only the
            others are ranked.
        progress: Told of the steps `embed` and `verdicts`.
    """
    from evidence.screening.features import read_features
    from evidence.screening.prioritise import EXCLUDED, INCLUDED, NOT_SCREENED, priorities
    from indexers.encoder import minilm_encoder

    if not records:
        return []
    features = read_features(records, question, encoder or minilm_encoder(), None, progress)
    known = labels or {}
    scores = features.zero_shot
    if known:
        told = {True: INCLUDED, False: EXCLUDED, None: NOT_SCREENED}
        by_row = [told[known.get(record.record_id)] for record in records]
        scores = priorities(features, np.array(by_row, dtype=np.int8))
    rows = [row for row, record in enumerate(records) if record.record_id not in known]
    rows.sort(key=lambda row: (-scores[row], records[row].record_id))
    verdicts = _verdicts_in_words(features, question)
    return [
        RankedRecord(
            rank=rank,
            record_id=records[row].record_id,
            score=round(float(scores[row]), _DECIMALS),
            title=records[row].title,
            parts={n: round(float(part[row]), _DECIMALS) for n, part in features.parts.items()},
            verdicts={n: words[row] for n, words in verdicts.items()},
        )
        for rank, row in enumerate(rows, 1)
    ]


def _verdicts_in_words(
    features: ScreeningFeatures, question: ClinicalQuestion
) -> dict[str, list[str]]:
    """The engine's verdicts by criterion, one a record."""
    from evidence.screening.verdict_features import with_criteria

    kinds = {c.criterion_id: c.kind for c in with_criteria(question).criteria}
    return {
        criterion: [_in_words(favour, kinds[criterion] == "exclusion") for favour in favours]
        for criterion, favours in features.verdicts.items()
    }


def _in_words(favour: np.float32, excludes: bool) -> str:
    """A verdict: a criterion to exclude speaks for a record when it is not met."""
    if np.isnan(favour):
        return ""
    if favour == 0:
        return "unclear"
    return "met" if (favour > 0) != excludes else "not_met"


def read_labels_included(path: Path, records: Sequence[Record]) -> dict[str, bool]:
    """Read `record_id` and `label_included` (1, 0, or nothing while it is not screened) from CSV.

    Raises:
        SourceError: The file cannot be read, a column is missing, a label is something else, or a
            record is none of `records` or has two labels.
    """
    reader = csv.DictReader(io.StringIO(_text(path), newline=""), strict=True)
    ids = {record.record_id for record in records}
    labels: dict[str, bool] = {}
    try:
        missing = [name for name in _LABEL_COLUMNS if name not in (reader.fieldnames or ())]
        if missing:
            raise SourceError(path, f"expected the columns {', '.join(_LABEL_COLUMNS)}", 1)
        for row in reader:
            record_id, label = (text_of_cell((row[name] or "").strip()) for name in _LABEL_COLUMNS)
            if record_id not in ids:
                expected = f"record {record_id!r}: expected one of the records that are ranked"
                raise SourceError(path, expected, reader.line_num)
            if label not in _LABELS:
                expected = f"label_included {label!r}: expected 1, 0 or nothing"
                raise SourceError(path, expected, reader.line_num)
            included = _LABELS[label]
            if included is None:
                continue
            if labels.setdefault(record_id, included) != included:
                expected = f"record {record_id!r}: expected one label, found both"
                raise SourceError(path, expected, reader.line_num)
    except csv.Error as error:
        expected = f"expected comma-separated values: {error}"
        raise SourceError(path, expected, reader.line_num) from error
    return labels


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(path, f"expected a CSV file in UTF-8 ({error})") from error


def write_ranking(ranking: Sequence[RankedRecord], path: Path) -> None:
    """Write a ranking as CSV: rank, record_id, score, title, the parts, `verdict_<criterion_id>`.

    Raises:
        SourceError: The file cannot be written.
    """
    first = ["rank", "record_id", "score", "title"]
    parts = list(ranking[0].parts) if ranking else ["meaning", "report", "criteria"]
    criteria = list(ranking[0].verdicts) if ranking else []
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as target:
            writer = csv.writer(target, lineterminator="\n")
            writer.writerow([*first, *parts, *(f"verdict_{name}" for name in criteria)])
            for each in ranking:
                record_id, title = inert_cell(each.record_id), inert_cell(each.title)
                values = (each.rank, record_id, each.score, title)
                writer.writerow([*values, *each.parts.values(), *each.verdicts.values()])
    except OSError as error:
        raise SourceError(
            path, f"expected a file that can be written ({error.strerror})"
        ) from error
