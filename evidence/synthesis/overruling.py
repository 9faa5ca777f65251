"""A person's certainty of the evidence: levels of a domain that somebody sets, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from evidence.errors import EvidenceError
from evidence.findings import Certainty, DomainRating, SummaryOfFindingsRow
from evidence.judgements import CertaintyRating, Provenance
from evidence.synthesis.grade import LEVELS

MOST_LEVELS = 3


def overruled(
    row: SummaryOfFindingsRow,
    levels_down: Mapping[str, int],
    *,
    by: str,
    reason: str,
    start: Certainty = "high",
) -> CertaintyRating:
    """The rating of a row with some domains set by a person; the other domains stay.

    Args:
        row: The row with its domains as they stand.
        levels_down: Levels by domain, those that the person sets.
        by: The person's name.
        reason: Why; it stands in each domain that changes.
        start: Where the certainty starts.

    Raises:
        EvidenceError: There is no name, no reason, nothing rated, no such domain, or no such level.
    """
    if not row.domains:
        raise EvidenceError(f"{row.outcome}: nothing was rated, so there is nothing to overrule")
    unknown = sorted(set(levels_down) - {domain.domain for domain in row.domains})
    if unknown:
        raise EvidenceError(f"domain {unknown[0]!r}: expected one that GRADE rates")
    if not by.strip() or not reason.strip():
        raise EvidenceError("overruling a domain needs a person's name and a reason")
    if not all(0 <= level <= MOST_LEVELS for level in levels_down.values()):
        raise EvidenceError(f"levels down: expected 0 to {MOST_LEVELS}")
    domains = tuple(_set(domain, levels_down, by, reason) for domain in row.domains)
    place = LEVELS.index(start) + sum(domain.levels_down for domain in domains)
    return CertaintyRating(
        outcome=row.outcome,
        start=start,
        domains=domains,
        certainty=LEVELS[min(place, len(LEVELS) - 1)],
        provenance=Provenance(actor=by.strip(), engine="person", reason=reason.strip()),
    )


def _set(
    domain: DomainRating, levels_down: Mapping[str, int], by: str, reason: str
) -> DomainRating:
    level = levels_down.get(domain.domain, domain.levels_down)
    if level == domain.levels_down:
        return domain
    told = f"{reason.strip()} ({by.strip()})"
    return domain.model_copy(update={"levels_down": level, "reason": told})
