"""What the offline screener claims of each record: its score, and whether the record is included.

The score of a screening decision lies in [0, 1] and is the weighted share of criteria in the
record's favour. It was made to order records, not as a probability; `eval.calibration_curves`
tells how far from one it is for who reads it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.datasets import LabelledReview
from eval.rankings import Progress
from eval.screening_engines import OURS
from evidence.errors import EvidenceError
from evidence.stages.formulate import OfflineFormulator
from evidence.stages.screen import OfflineScreener
from indexers.records import abstract_document


def screening_claims(reviews: Sequence[LabelledReview], progress: Progress) -> list[dict[str, Any]]:
    """A row a record, for items.jsonl, of each review whose question has criteria.

    A review that includes nothing is listed and not measured. Without criteria every record scores
    0, which claims nothing; nor does a record that cannot be screened.
    """
    screener, formulator = OfflineScreener(), OfflineFormulator()
    questions = [(review, formulator.formulate(review.question)) for review in reviews
                 if review.question and any(review.included)]  # fmt: skip
    asked = [(review, question) for review, question in questions if question.criteria]
    total, done = sum(len(review.records) for review, _ in asked), 0
    rows: list[dict[str, Any]] = []
    for review, question in asked:
        for record, included in zip(review.records, review.included, strict=True):
            done += 1
            row: dict[str, Any] = {
                "unit": "claim",
                "review": review.name,
                "engine": OURS,
                "record_id": record.record_id,
            }
            try:
                decision = screener.screen(question, abstract_document(record), "title_abstract")
                rows.append(row | {"claimed": decision.score, "came_true": included})
            except EvidenceError as error:
                rows.append(row | {"claimed": None, "failure": str(error)})
        progress("claims", done, total)
    return rows
