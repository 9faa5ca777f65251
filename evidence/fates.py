"""How far a record has come in the flow of a review: exactly one fate for each record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from evidence.events import ReportSought
from evidence.judgements import Phase, ScreeningDecision
from evidence.screening.verdicts import PhaseVerdicts

Fate = Literal[
    "duplicate",
    "not_screened",
    "to_screen",
    "conflict_title_abstract",
    "excluded_title_abstract",
    "to_retrieve",
    "not_retrieved",
    "to_assess",
    "conflict_full_text",
    "excluded_full_text",
    "awaiting",
    "included",
]
_PHASES: tuple[Phase, ...] = get_args(Phase)


def fate_of(
    record_id: str,
    decisions: Mapping[tuple[str, Phase], ScreeningDecision],
    verdicts: Mapping[tuple[str, Phase], PhaseVerdicts],
    reports: Mapping[str, ReportSought],
    duplicates: Mapping[str, str],
    stopped: bool,
) -> Fate:
    """How far a record has come; `awaiting` and the conflicts are tasks of persons.

    Args:
        record_id: Of the record.
        decisions: Those that count, by record and phase.
        verdicts: All that was said, by record and phase.
        reports: The full texts that were sought, by record.
        duplicates: The records that are left out as duplicates.
        stopped: Whether a certificate that ends screening is in force.
    """
    if record_id in duplicates:
        return "duplicate"
    second = decisions.get((record_id, "full_text"))
    if second is not None and second.verdict != "unclear":
        return "included" if second.verdict == "include" else "excluded_full_text"
    said = [verdicts.get((record_id, phase)) for phase in _PHASES]
    of_title, of_text = (words is not None and words.in_conflict for words in said)
    if of_text:
        return "conflict_full_text"
    first = decisions.get((record_id, "title_abstract"))
    if first is None:
        if of_title:
            return "conflict_title_abstract"
        # A certificate leaves out what no person has looked at: a reviewer's verdict that waits
        # for the second one is not lost by it.
        seen = any(words is not None and words.reviewers for words in said)
        return "to_screen" if seen or not stopped else "not_screened"
    if first.verdict == "exclude":
        return "excluded_title_abstract"
    if second is not None:
        return "awaiting"
    report = reports.get(record_id)
    if report is None:
        return "to_retrieve"
    return "to_assess" if report.document_digest else "not_retrieved"
