"""What a language model is shown of a report that does not fit its context window.

Title and abstract always, then for each eligibility criterion the k passages nearest to it, in the
order of the report, in one prompt for all criteria. k comes from a certificate that was made for
this ranking (`passage_calibration`), else it is a number that nobody calibrated, and the decision
says so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from evidence.config import PASSAGES_A_CRITERION
from evidence.question import ClinicalQuestion
from evidence.reading.excerpts import PassageRanker, excerpts, front_within, size_bytes
from evidence.reading.passage_counts import PassageCount, certificate_at, passage_count
from indexers.records import Document

_NOT_LIST = re.compile(r"[;,]?\s*\bnot:[^()]*")


@dataclass(frozen=True)
class Shown:
    """The part of a report that is shown, and in words which part that is."""

    text: str
    note: str


@dataclass(frozen=True)
class PassageContexts:
    """Chooses what is shown of a report.

    Attributes:
        certificate: Where a certificate may be; it is read when the first long report comes.
        k: The count without one.
        ranker: What ranks the passages.
    """

    certificate: Path | None = None
    k: int = PASSAGES_A_CRITERION
    ranker: PassageRanker = field(default_factory=PassageRanker)

    @cached_property
    def count(self) -> PassageCount:
        """How many passages a criterion gets.

        Raises:
            SourceError: The certificate cannot be read.
        """
        certificate = certificate_at(self.certificate)
        return passage_count(certificate, self.ranker.encoder.digest, self.k)

    def shown(
        self, document: Document, question: ClinicalQuestion, limit_bytes: int
    ) -> Shown | None:
        """What is shown of a report; None when it fits as a whole, or nothing of it does.

        Args:
            document: The report.
            question: Its criteria are the queries.
            limit_bytes: The limit on the text's length in UTF-8.

        Raises:
            SourceError: The certificate cannot be read.
        """
        if size_bytes(document.text) <= limit_bytes:
            return None
        beginning = front_within(document, limit_bytes)
        queries = [criterion_query(criterion.text) for criterion in question.criteria]
        rankings = self.ranker.rank(document, queries, (beginning.start, beginning.end))
        chosen = excerpts(document, beginning, rankings, self.count.k, limit_bytes)
        if chosen is None:
            return None
        told = self.count.told
        if not chosen.complete:
            told = (
                f"fewer than {self.count.k} a criterion fit into the context window: no guarantee"
            )
        note = (
            f"; read title and abstract and the {chosen.n_passages} passages nearest to the "
            f"criteria ({told}), {chosen.n_characters:,} of {len(document.text):,} characters, "
            "because the report does not fit the context window"
        )
        return Shown(chosen.text, note)


def criterion_query(text: str) -> str:
    """A criterion as the words that its evidence is found by: without what it says it is not."""
    return " ".join(_NOT_LIST.sub("", text).split())
