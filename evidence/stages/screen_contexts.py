"""What a language model is shown of a report that does not fit its context window.

Title and abstract always, then for each eligibility criterion the k passages nearest to it, in the
order of the report, in one prompt for all criteria. k comes from a certificate that was made for
this ranking (`screen_calibration`), else it is a number that nobody calibrated, and the decision
says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock

from evidence.config import PASSAGES_A_CRITERION
from evidence.question import ClinicalQuestion
from evidence.stages.screen_passages import (
    RANKER,
    RANKING_DIGEST,
    beyond,
    front,
    rank_passages,
    report_passages,
)
from indexers.encoder import Encoder
from indexers.records import Document, Passage
from retrievers.certificate import ContextCount, read_certificate

_LARGEST_FRONT = 0.4
"""The share of the window that title and abstract may take: in a PDF their end is a guess."""
_NOT_LIST = re.compile(r"[;,]?\s*\bnot:[^()]*")
_GAP = "\n\n[…]\n\n"


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
        made_by: What makes the vectors; None is the shipped static encoder, which reads a hundred
            passages in some hundredths of a second.
    """

    certificate: Path | None = None
    k: int = PASSAGES_A_CRITERION
    made_by: Encoder | None = None
    _one_at_a_time: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first used."""
        from indexers.encoders import named_encoder

        return self.made_by or named_encoder("static")

    @cached_property
    def count(self) -> PassageCount:
        """How many passages a criterion gets.

        Raises:
            SourceError: The certificate cannot be read.
        """
        found = self.certificate is not None and self.certificate.is_file()
        certificate = read_certificate(self.certificate) if found and self.certificate else None
        return passage_count(certificate, self.encoder.digest, self.k)

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
        if _size(document.text) <= limit_bytes:
            return None
        start, end = _front_within(document, int(limit_bytes * _LARGEST_FRONT))
        passages = beyond(report_passages(document), (start, end))
        queries = [criterion_query(criterion.text) for criterion in question.criteria]
        with self._one_at_a_time:  # several records may be screened at once; encoders keep state
            rankings = rank_passages(passages, queries, self.encoder)
        beginning = document.passage(start, end)
        chosen, complete = _chosen(document, beginning, rankings, self.count.k, limit_bytes)
        if not chosen and not beginning.text:
            return None
        text = _written(document, [beginning, *chosen])
        told = self.count.told
        if not complete:
            told = (
                f"fewer than {self.count.k} a criterion fit into the context window: no guarantee"
            )
        note = (
            f"; read title and abstract and the {len(chosen)} passages nearest to the criteria "
            f"({told}), {sum(len(p.text) for p in [beginning, *chosen]):,} of "
            f"{len(document.text):,} characters, because the report does not fit the context window"
        )
        return Shown(text, note)


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


def _chosen(
    document: Document,
    beginning: Passage,
    rankings: Sequence[Sequence[Passage]],
    k: int,
    limit_bytes: int,
) -> tuple[list[Passage], bool]:
    """The first k passages of each ranking in the order of the report, as far as they fit.

    Every criterion gets its first before any gets its second. The second value says whether all
    fit.
    """
    chosen: dict[str, Passage] = {}
    for rank in range(k):
        for ranking in rankings:
            passage = ranking[rank] if rank < len(ranking) else None
            if passage is None or passage.passage_id in chosen:
                continue
            grown = [beginning, *_in_order([*chosen.values(), passage])]
            if _size(_written(document, grown)) > limit_bytes:
                return _in_order(chosen.values()), False
            chosen[passage.passage_id] = passage
    return _in_order(chosen.values()), True


def _in_order(passages: Iterable[Passage]) -> list[Passage]:
    return sorted(passages, key=lambda passage: passage.start)


def _written(document: Document, passages: Sequence[Passage]) -> str:
    """The passages verbatim under their headings, with a mark where text is left out.

    A quote across such a mark is not in the document, so it supports nothing.
    """
    parts: list[str] = []
    before: Passage | None = None
    for passage in passages:
        if not passage.text:
            continue
        between = document.text[before.end : passage.start] if before else ""
        if before is not None and between.isspace() and before.section == passage.section:
            parts.append(between)
        else:
            parts.append(_GAP if before is not None else "")
            parts.append(f"[{passage.section}]\n" if passage.section else "")
        parts.append(passage.text)
        before = passage
    return "".join(parts)


def _front_within(document: Document, limit_bytes: int) -> tuple[int, int]:
    """Title and abstract, as much as fits the limit, to the end of a sentence or line."""
    start, end = front(document)
    raw = document.text[start:end].encode("utf-8", "surrogatepass")
    if len(raw) <= limit_bytes:
        return start, end
    shorter = raw[: max(limit_bytes, 0)].decode("utf-8", "ignore")
    last = max(shorter.rfind(". ") + 1, shorter.rfind("\n"), 0)
    return start, start + last


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogatepass"))
