"""What the model of sureness claims of each candidate result, and whether its numbers are right.

The program reads many rows of a report for one question. Of each it claims a probability that all
numbers of the result are right and are those that were asked for (`evidence.extraction.sureness`);
it decides what is given and what is only proposed, and a person reads it as "about 7 in 10".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from eval.number_answers import given_by, score
from eval.numeric_data import NumbersQuestion
from evidence.extraction.sureness import Candidates, candidate_features
from evidence.extraction.sureness_trees import load_model
from evidence.question import ClinicalQuestion
from evidence.stages.extract import OfflineExtractor, _Read
from indexers.records import Document


class NotingExtractor(OfflineExtractor):
    """The offline extractor, which keeps what it chose among for the last question.

    Attributes:
        noted: The candidates of each outcome; empty where no arms were found.
    """

    noted: Sequence[Candidates] = ()

    def _candidates(
        self, question: ClinicalQuestion, document: Document, read: _Read
    ) -> list[Candidates]:
        found = super()._candidates(question, document, read)
        self.noted = found
        return found


def sureness_claims(
    engine: str, question: NumbersQuestion, document: Document, noted: Sequence[Candidates]
) -> list[dict[str, Any]]:
    """A row a candidate of the kind of data that was asked for, for items.jsonl.

    It came true when the candidate gives a number that the reader has, and none that is wrong.
    """
    rows: list[dict[str, Any]] = []
    for candidates in noted:
        every = candidates.every
        if not every:
            continue
        chances = load_model().probabilities(candidate_features(candidates, document)).tolist()
        for place, (chance, result) in enumerate(zip(chances, every, strict=True)):
            if result.data.kind != question.kind:
                continue
            scored = score(question, given_by(result), document)
            rows.append(
                {
                    "engine": engine,
                    "unit": "claim",
                    "article_id": question.article_id,
                    "question_id": question.question_id,
                    "chosen_by_rules": place < len(candidates.found),
                    "flagged": bool(result.flags),
                    "claimed": chance,
                    "came_true": scored.right > 0 and scored.wrong == 0,
                }
            )
    return rows
