"""The PRISMA-S report of a batch of searches, and the picture of their overlaps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path

from evidence.deduplication.clustering import find_duplicates
from evidence.query_debugger.finding import Finding
from evidence.query_debugger.lint import lint
from evidence.rendering.overlap import overlap_rows, overlap_table
from evidence.rendering.overlap_svg import overlap_svg
from evidence.searching.batch import Outcome, found_records
from evidence.searching.facts import (
    Deduplication,
    LineCount,
    SearchLimit,
    SearchReport,
    SearchUpdate,
    SourceSearch,
    review_by_rules,
)
from evidence.searching.prisma_s import to_docx, to_markdown
from evidence.searching.strategy_limits import strategy_limits
from evidence.writing import write_table, write_whole
from indexers.records import Frozen, Record


class SearchedSource(Frozen):
    """What was searched, in a report's words."""

    name: str
    platform: str
    interface: str = "command line (evidence search-batch)"
    index_digest: str = ""
    n_in_source: int | None = None


def write_reports(
    out: Path, outcomes: Sequence[Outcome], source: SearchedSource, title: str
) -> SearchReport | None:
    """Write overlaps.csv, overlaps.svg, prisma_s.md and prisma_s.docx; None if all searches failed.

    Returns:
        The report.

    Raises:
        SourceError: One of them cannot be written.
    """
    found = found_records(out, outcomes)
    if not found:
        return None
    table = overlap_table({name: [r.record_id for r in rows] for name, rows in found.items()})
    rows = overlap_rows(table)
    write_table(out / "overlaps.csv", list(rows[0]), rows)
    write_whole(out / "overlaps.svg", overlap_svg(table).encode())
    report = batch_report(outcomes, found, source, title)
    write_whole(out / "prisma_s.md", to_markdown(report).encode())
    to_docx(report, out / "prisma_s.docx")
    return report


def batch_report(
    outcomes: Sequence[Outcome],
    found: Mapping[str, Sequence[Record]],
    source: SearchedSource,
    title: str,
) -> SearchReport:
    """The facts of the batch; every count is of the records that were found, by query."""
    findings: list[Finding] = []
    for outcome in outcomes:
        if outcome.syntax != "natural":
            findings += lint(outcome.query, outcome.syntax)
    updates = [
        SearchUpdate(
            method=f"{outcome.name}: run again and compared with the run before",
            searched_on=outcome.searched_on,
            n_new=outcome.n_new,
        )
        for outcome in outcomes
        if outcome.n_new is not None
    ]
    return SearchReport(
        title=title,
        searches=tuple(_search(outcome, source) for outcome in outcomes),
        updates=tuple(updates),
        peer_reviews=(review_by_rules(findings),),
        deduplication=_deduplication(found),
    )


def _search(outcome: Outcome, source: SearchedSource) -> SourceSearch:
    read = strategy_limits(outcome.query, outcome.syntax)
    limits = read or ()
    if outcome.limit is not None:
        limits += (SearchLimit(limit=f"the first {outcome.limit} records"),)
    failed = (f"The search failed: {outcome.error}",) if outcome.error else ()
    kind = "register" if source.name == "ClinicalTrials.gov" else "database"
    return SourceSearch(
        source_name=source.name,
        search_name=outcome.name,
        kind=kind,
        platform=source.platform,
        interface=source.interface,
        index_digest=source.index_digest,
        n_in_source=source.n_in_source,
        searched_on=outcome.searched_on,
        strategy=outcome.query,
        translation=outcome.translation,
        line_counts=tuple(LineCount(number=n, n_found=found) for n, found in outcome.line_counts),
        notices=(*failed, *outcome.notices),
        limits=limits,
        limits_read=read is not None,
        n_found=outcome.n_found,
        n_taken=outcome.n_records,
    )


def _deduplication(found: Mapping[str, Sequence[Record]]) -> Deduplication:
    """Records of one id are one record; the others are compared."""
    distinct = {record.record_id: record for records in found.values() for record in records}
    merging = find_duplicates(list(distinct.values()))
    merged = sum(len(cluster.members) - 1 for cluster in merging.clusters)
    return Deduplication(
        method=(
            "records of one id found by several queries counted once; then record linkage by "
            "identifiers, title, authors, journal and year"
        ),
        software=f"evidence-synthesis {version('evidence-synthesis')}",
        n_before=sum(map(len, found.values())),
        n_after=len(distinct) - merged,
        n_for_person=len(merging.near_duplicates),
    )
