"""The PRISMA 2020 flow of a review (Page et al., BMJ 2021;372:n71), counted from the log."""

from __future__ import annotations

from collections import Counter

from evidence.events import SearchRun
from evidence.fates import Fate
from evidence.judgements import Phase
from evidence.state import ReviewState
from indexers.records import Frozen

NO_REASON = "no reason given"


class PrismaCounts(Frozen):
    """Numbers of records and reports in each box; reasons are sorted by count, then name.

    `awaiting` are reports that were left unclear: a person has to decide. So it is with the
    conflicts, which two reviewers judged differently, and with `suspected_duplicates`, which counts
    pairs of records and is no box of the flow. `ineligible_by_automation` are records that nobody
    screened because a certificate let screening stop. `not_found` are records of the project's
    store that its own search left out: they were never identified.
    """

    identified: int
    sources: dict[str, int]
    duplicates: int
    screened: int
    to_screen: int
    excluded_title_abstract: int
    reasons_title_abstract: dict[str, int]
    sought: int
    not_retrieved: int
    assessed: int
    to_assess: int
    excluded_full_text: int
    reasons_full_text: dict[str, int]
    awaiting: int
    included: int
    duplicates_by_person: int = 0
    suspected_duplicates: int = 0
    ineligible_by_automation: int = 0
    conflicts_title_abstract: int = 0
    conflicts_full_text: int = 0
    not_found: int = 0


def count(state: ReviewState) -> PrismaCounts:
    """Count the boxes; every record is in exactly one of the final ones."""
    fates = Counter(state.fates.values())
    beyond_screening = sum(
        fates[fate]
        for fate in (
            *("to_retrieve", "not_retrieved", "to_assess", "conflict_full_text"),
            *("excluded_full_text", "awaiting", "included"),
        )
    )
    assessed = fates["excluded_full_text"] + fates["awaiting"] + fates["included"]
    return PrismaCounts(
        identified=len(state.records),
        sources=dict(sorted(state.sources.items())),
        duplicates=fates["duplicate"],
        screened=beyond_screening + fates["excluded_title_abstract"],
        to_screen=fates["to_screen"],
        excluded_title_abstract=fates["excluded_title_abstract"],
        reasons_title_abstract=_reasons(state, "excluded_title_abstract", "title_abstract"),
        sought=beyond_screening,
        not_retrieved=fates["not_retrieved"],
        assessed=assessed,
        to_assess=fates["to_assess"] + fates["to_retrieve"],
        excluded_full_text=fates["excluded_full_text"],
        reasons_full_text=_reasons(state, "excluded_full_text", "full_text"),
        awaiting=fates["awaiting"],
        included=fates["included"],
        duplicates_by_person=sum(
            merge.mark.provenance.by_person for merge in state.duplicate_links.merges()
        ),
        suspected_duplicates=len(state.duplicate_links.open_pairs),
        ineligible_by_automation=fates["not_screened"],
        conflicts_title_abstract=fates["conflict_title_abstract"],
        conflicts_full_text=fates["conflict_full_text"],
        not_found=sum(_not_found(run) for run in state.searches),
    )


def _not_found(run: SearchRun) -> int:
    """Records that the program's own search left out; what people add later leaves out none."""
    if run.n_in_source is None or run.provenance.by_person:
        return 0
    return run.n_in_source - run.n_records


def deduplication_text(counts: PrismaCounts) -> str:
    """What became of duplicates, in a sentence or two."""
    merged, pairs = counts.duplicates, counts.suspected_duplicates
    text = "No duplicates were removed." if not merged else ""
    if merged:
        were = "duplicate was" if merged == 1 else "duplicates were"
        by_person = counts.duplicates_by_person
        told = f", {by_person:,} of them by a person" if by_person else ""
        text = f"{merged:,} {were} removed{told}."
    if pairs:
        wait = (
            "pair of records that may be of one report waits"
            if pairs == 1
            else ("pairs of records that may be of one report wait")
        )
        text += f" {pairs:,} {wait} for a person; both records of a pair are screened meanwhile."
    return text


def _reasons(state: ReviewState, fate: Fate, phase: Phase) -> dict[str, int]:
    reasons = Counter(
        state.decisions[record_id, phase].exclusion_reason or NO_REASON
        for record_id in state.with_fate(fate)
    )
    return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))
