"""How many passages of a report a query gets, and what vouches for that number."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from evidence.reading.report_passages import RANKER, RANKING_DIGEST
from retrievers.certificate import ContextCount, read_certificate

FOR_CRITERIA = RANKER
"""How certificates name queries that are eligibility criteria; a count for them says nothing of
other queries, which have names of their own."""


@dataclass(frozen=True)
class PassageCount:
    """How many passages a query gets, and in words what vouches for that."""

    k: int
    told: str
    certified: bool = False


def passage_count(
    certificate: ContextCount | None,
    encoder_digest: str,
    default: int,
    *,
    asked: str = FOR_CRITERIA,
    each: str = "a criterion",
) -> PassageCount:
    """The count of a certificate for this ranking and these queries, else the default.

    A certificate of `evidence calibrate` speaks of records of a store that hold the answer to a
    question. It says nothing of passages of one report, so it does not count here.

    Args:
        certificate: The certificate, if there is one.
        encoder_digest: Digest of the encoder that ranks now.
        default: The count that nobody calibrated.
        asked: How certificates name the queries.
        each: What a query is, for the words.
    """
    if certificate is None:
        return PassageCount(default, f"{default} {each}, not calibrated")
    if certificate.retriever != asked:
        why = f"the certificate is for {certificate.retriever}, not for {asked}"
    elif not certificate.valid_for(RANKING_DIGEST, encoder_digest):
        why = "the certificate is for another encoder or another way to cut reports"
    elif certificate.k is None:
        why = "no number could be certified"
    else:
        told = (
            f"{certificate.k} {each}, calibrated to miss at most {certificate.alpha:g} of the "
            f"evidence on average with confidence {1 - certificate.delta:g}, "
            f"n = {certificate.n_calibration} reports"
        )
        return PassageCount(certificate.k, told, certified=True)
    return PassageCount(default, f"{default} {each}, not calibrated: {why}")


def certificate_at(path: Path | None) -> ContextCount | None:
    """The certificate of a file; None when there is no file.

    Raises:
        SourceError: The file is there and is not a certificate.
    """
    return read_certificate(path) if path is not None and path.is_file() else None
