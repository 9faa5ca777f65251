"""What a language model is shown of a report that does not fit its context window.

Title and abstract always, then for each eligibility criterion the k passages nearest to it, in the
order of the report, in one prompt for all criteria. k comes from a certificate that was made for
this ranking (`screen_calibration`), else it is a number that nobody calibrated, and the decision
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
from evidence.reading.report_passages import RANKER, RANKING_DIGEST
from indexers.records import Document
from retrievers.certificate import ContextCount, read_certificate

_NOT_LIST = re.compile(r"[;,]?\s*\bnot:[^()]*")


@dataclass(frozen=True)
class PassageCount:
    """How many passages a criterion gets, and in words what vouches for that."""

    k: int
    told: str
    certified: bool = False


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
        found = self.certificate is not None and self.certificate.is_file()
        certificate = read_certificate(self.certificate) if found and self.certificate else None
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


def passage_count(
    certificate: ContextCount | None, encoder_digest: str, default: int
) -> PassageCount:
    """The certified count where a certificate of this ranking gives one, else the default.

    A certificate of `evidence calibrate` speaks of records of a store that hold the answer to a
    question. It says nothing of passages of one report, so it does not count here.
    """
    if certificate is None:
        return PassageCount(default, f"{default} a criterion, not calibrated")
    if certificate.retriever != RANKER:
        why = f"the certificate is for {certificate.retriever}, not for passages of a report"
    elif not certificate.valid_for(RANKING_DIGEST, encoder_digest):
        why = "the certificate is for another encoder or another way to cut reports"
    elif certificate.k is None:
        why = "no number could be certified"
    else:
        told = (
            f"{certificate.k} a criterion, calibrated to miss at most {certificate.alpha:g} of the "
            f"evidence on average with confidence {1 - certificate.delta:g}, "
            f"n = {certificate.n_calibration} reports"
        )
        return PassageCount(certificate.k, told, certified=True)
    return PassageCount(default, f"{default} a criterion, not calibrated: {why}")
