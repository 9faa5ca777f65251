"""What a screener claims of each record: its score, and whether the record is included.

The score of a screening decision lies in [0, 1] and is the weighted share of criteria in the
record's favour. It was made to order records, not as a probability; `eval.calibration_curves`
tells how far from one it is for who reads it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.cost import taken_by
from eval.datasets import LabelledReview
from eval.rankings import Progress
from eval.screening_engines import OURS, Screened
from evidence.errors import EvidenceError
from evidence.stages.formulate import OfflineFormulator
from evidence.stages.screen import OfflineScreener, Screener
from indexers.records import abstract_document

NO_CRITERIA = "its question has no criteria to judge by, or it has no question"


def screening_claims(
    reviews: Sequence[LabelledReview],
    progress: Progress,
    screener: Screener | None = None,
    engine: str = OURS,
) -> list[dict[str, Any]]:
    """A row a record, for items.jsonl, of each review whose question has criteria.

    A review that includes nothing is listed and not measured. Without criteria every record scores
    0, which claims nothing; nor does a record that cannot be screened, or that a language model
    gave no answer on.

    Args:
        reviews: The labelled reviews.
        progress: Called with the step, the records done and all.
        screener: Judges the records; the offline rules unless given.
        engine: The name of its system.
    """
    screener, formulator = screener or OfflineScreener(), OfflineFormulator()
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
                "engine": engine,
                "record_id": record.record_id,
            }
            try:
                with taken_by(f"{engine}:rules" if engine == OURS else engine, review.name):
                    told = screener.screen(question, abstract_document(record), "title_abstract")
                why = {"failure": told.provenance.reason} if told.score is None else {}
                rows.append(row | {"claimed": told.score, "came_true": included} | why)
            except EvidenceError as error:
                rows.append(row | {"claimed": None, "failure": str(error)})
        progress("claims", done, total)
    return rows


def order_by_claims(
    review: LabelledReview, engine: str, claims: Sequence[dict[str, Any]], among: Sequence[int]
) -> Screened:
    """The records by what a screener claims of them; those it claims nothing of come last.

    Args:
        review: The labelled review.
        engine: The name of the screener's system.
        claims: Its rows, those of other reviews among them.
        among: The rows of the review in the order that breaks ties.
    """
    claimed = {row["record_id"]: row["claimed"] for row in claims if row["review"] == review.name}
    if review.question is None or not claimed:
        return Screened(engine, None, (), failure=NO_CRITERIA)
    of = [claimed.get(record.record_id) for record in review.records]
    known = [(row, -score) for row in among if (score := of[row]) is not None]
    return Screened(engine, None, tuple(row for row, _ in sorted(known, key=lambda one: one[1])))
