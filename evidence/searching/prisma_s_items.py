"""The sixteen items of PRISMA-S (Rethlefsen et al., Syst Rev 2021;10:39), filled from a search."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from evidence.searching.facts import OtherSource, SearchReport, SourceSearch

NOT_RECORDED = "not recorded"
BLANK = "________"


@dataclass(frozen=True, slots=True)
class Table:
    """A table with one row of headings."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text that has to stand as it was, line by line."""

    label: str
    text: str


Block = str | Table | Verbatim


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the checklist; `section` is the part of the checklist it stands in."""

    number: int
    section: str
    name: str
    blocks: tuple[Block, ...]


def prisma_s_items(report: SearchReport) -> tuple[Item, ...]:
    """All sixteen items in order; of what the report does not hold, a blank is left to fill.

    Whether something was done elsewhere is not known here: nothing is called "not done".
    """
    made = []
    for number, (section, name, wanted, fill) in enumerate(_ITEMS, 1):
        made.append(Item(number, section, name, tuple(fill(report)) or (_not_reported(wanted),)))
    return tuple(made)


def _not_reported(wanted: str) -> str:
    return f"Not reported here: {wanted}: {BLANK}"


def _databases(report: SearchReport) -> list[Block]:
    return _source_table([s for s in report.searches if s.kind == "database"])


def _registers(report: SearchReport) -> list[Block]:
    return _source_table([s for s in report.searches if s.kind == "register"])


def _source_table(searches: Sequence[SourceSearch]) -> list[Block]:
    if not searches:
        return []
    head = ("Source", "Platform", "Interface", "Coverage", "Version", "Records in it")
    rows = (
        (
            search.source_name,
            search.platform or NOT_RECORDED,
            search.interface or NOT_RECORDED,
            search.coverage or NOT_RECORDED,
            search.version or NOT_RECORDED,
            _number(search.n_in_source),
        )
        for search in searches
    )
    digests = (f"Index of {s.source_name}: {s.index_digest}" for s in searches if s.index_digest)
    # A source that was searched fifty times is one source.
    return [Table(head, tuple(dict.fromkeys(rows))), *dict.fromkeys(digests)]


def _together(report: SearchReport) -> list[Block]:
    return [
        f"{search.label} was searched together with {', '.join(search.searched_with)} on "
        f"{search.platform or 'one platform'}."
        for search in report.searches
        if search.searched_with
    ]


def _others(sources: Sequence[OtherSource]) -> list[Block]:
    return [
        f"{source.description} ({_day(source.searched_on)}; records: {_number(source.n_records)})"
        for source in sources
    ]


def _strategies(report: SearchReport) -> list[Block]:
    blocks: list[Block] = []
    for search in report.searches:
        platform = f" ({search.platform})" if search.platform else ""
        name = f"{search.label}{platform}, {_day(search.searched_on)}"
        blocks.append(Verbatim(name, search.strategy))
        if search.translation:
            blocks.append(Verbatim(f"{name}: as the platform ran it", search.translation))
        if search.line_counts:
            rows = tuple((str(c.number), _number(c.n_found)) for c in search.line_counts)
            blocks.append(Table(("Line", "Records found"), rows))
        blocks += [f"Notice: {notice}" for notice in search.notices]
    return blocks


def _limits(report: SearchReport) -> list[Block]:
    blocks: list[Block] = []
    for search in report.searches:
        for limit in search.limits:
            reason = limit.reason or f"reason: {BLANK}"
            blocks.append(f"{search.label}: {limit.limit} ({reason})")
    without = [search for search in report.searches if not search.limits]
    read = [search.label for search in without if search.limits_read]
    if read:
        which = _which(read, len(report.searches))
        blocks.append(f"No limit by date, language, publication type or subset stands in {which}.")
    unread = [search.label for search in without if not search.limits_read]
    if unread:
        which = _which(unread, len(report.searches))
        blocks.append(_not_reported(f"limits of {which}, with reasons"))
    return blocks


def _which(labels: Sequence[str], n_searches: int) -> str:
    return "the strategies" if len(labels) == n_searches else ", ".join(labels)


def _filters(report: SearchReport) -> list[Block]:
    blocks: list[Block] = []
    for search in report.searches:
        for used in search.filters:
            version = f", version {used.version}" if used.version else ""
            source = f" Source: {used.source}." if used.source else ""
            changes = f"changed: {used.changes}" if used.changes else "as published"
            blocks.append(f"{search.label}: {used.name}{version}, {changes}.{source}")
    return blocks


def _prior_work(report: SearchReport) -> list[Block]:
    return [report.prior_work] if report.prior_work else []


def _updates(report: SearchReport) -> list[Block]:
    return [
        f"{update.method} ({_day(update.searched_on)}): {update.n_new:,} new records"
        for update in report.updates
    ]


def _dates(report: SearchReport) -> list[Block]:
    rows = [(search.source_name, _day(search.searched_on)) for search in report.searches]
    rows += [(other.description, _day(other.searched_on)) for other in report.other_sources]
    rows += [(f"Update: {update.method}", _day(update.searched_on)) for update in report.updates]
    return [Table(("Source", "Last searched"), tuple(dict.fromkeys(rows)))]


def _peer_review(report: SearchReport) -> list[Block]:
    blocks: list[Block] = []
    for review in report.peer_reviews:
        counts = (review.n_errors, review.n_warnings, review.n_notes)
        named = zip(("errors", "warnings", "notes"), counts, strict=True)
        found = ", ".join(f"{name}: {count:,}" for name, count in named if count is not None)
        text = ". ".join(filter(None, (found, review.outcome)))
        blocks.append(f"{review.name}, {review.checklist}{f'. {text}' if text else ''}")
    if not any(review.reviewer == "person" for review in report.peer_reviews):
        blocks.append(_not_reported("peer review by a person, with the tool used"))
    return blocks


def _totals(report: SearchReport) -> list[Block]:
    rows = [(s.label, _number(s.n_found), _number(s.taken)) for s in report.searches]
    for other in report.other_sources:
        rows.append((other.description, *(_number(other.n_records),) * 2))
    rows.append(("Total", "", f"{report.n_total:,}"))
    return [Table(("Source", "Records found", "Records taken"), tuple(rows))]


def _duplicates(report: SearchReport) -> list[Block]:
    done = report.deduplication
    if done is None:
        return []
    software = f" Software: {done.software}." if done.software else ""
    blocks: list[Block] = [
        f"{done.method}.{software}".replace("..", "."),
        f"Records before: {done.n_before:,}; duplicates removed: {done.n_removed:,}; records "
        f"after: {done.n_after:,}.",
    ]
    if done.n_for_person is not None:
        blocks.append(f"Near-duplicates left to a person: {done.n_for_person:,}.")
    return blocks


def _number(count: int | None) -> str:
    return NOT_RECORDED if count is None else f"{count:,}"


def _day(day: date | None) -> str:
    return "date not recorded" if day is None else day.isoformat()


_SOURCES = "Information sources and methods"
_STRATEGIES = "Search strategies"
_RECORDS = "Managing records"
_FOUND_BY = "where, when, and how many records"
# Section, name, what a blank asks for, and what fills it.
_ITEMS: tuple[tuple[str, str, str, Callable[[SearchReport], list[Block]]], ...] = (
    (_SOURCES, "Database name", "databases and their platforms", _databases),
    (_SOURCES, "Multi-database searching", "databases searched together", _together),
    (_SOURCES, "Study registries", "registries searched", _registers),
    (
        _SOURCES,
        "Online resources and browsing",
        f"web pages and tables of contents browsed; {_FOUND_BY}",
        lambda r: _others(r.online_resources),
    ),
    (
        _SOURCES,
        "Citation searching",
        f"cited or citing references searched; {_FOUND_BY}",
        lambda r: _others(r.citation_searching),
    ),
    (
        _SOURCES,
        "Contacts",
        f"authors, experts, makers asked; {_FOUND_BY}",
        lambda r: _others(r.contacts),
    ),
    (_SOURCES, "Other methods", f"other methods; {_FOUND_BY}", lambda r: _others(r.other_methods)),
    (_STRATEGIES, "Full search strategies", "strategies as they were run", _strategies),
    (_STRATEGIES, "Limits and restrictions", "limits, with reasons", _limits),
    (_STRATEGIES, "Search filters", "published search filters, with their sources", _filters),
    (_STRATEGIES, "Prior work", "searches of others that were used or adapted", _prior_work),
    (_STRATEGIES, "Updates", "how the search was updated", _updates),
    (_STRATEGIES, "Dates of searches", "dates of searches", _dates),
    ("Peer review", "Peer review", "peer review of the strategies", _peer_review),
    (_RECORDS, "Total records", "records of each source", _totals),
    (_RECORDS, "Deduplication", "how duplicates were found, with the software", _duplicates),
)
