"""The searches of a project so far, and their PRISMA-S report, from the log alone."""

from __future__ import annotations

from datetime import date
from importlib.metadata import version

from evidence.events import RecordIdentified, SearchRun
from evidence.judgements import MACHINE
from evidence.prisma import count
from evidence.project import Manifest, Project
from evidence.query_debugger.finding import Finding
from evidence.query_debugger.lint import lint
from evidence.query_debugger.written import Syntax
from evidence.searching.adding import FILE, STORE, searched_on
from evidence.searching.facts import (
    Deduplication,
    SearchReport,
    SourceSearch,
    review_by_rules,
)
from evidence.searching.live import SOURCE_NAMES
from evidence.searching.strategy_limits import strategy_limits
from evidence.state import ReviewState
from indexers.records import Frozen

NOT_GIVEN = "not given"
_BY_MACHINE = "the program"
_REGISTERS = (SOURCE_NAMES["clinicaltrials"],)


class PastSearch(Frozen):
    """A search of the log.

    Attributes:
        number: 1-based, in the order of the log.
        added_by: A person's name, or the program.
        syntax: That of a strategy.
        remark: What was said when it was added.
        n_found: Records that the source gave.
        n_new: Those that the project did not hold before; over all searches they add up to the
            records identified.
    """

    number: int
    source: str
    query: str
    how: tuple[str, ...]
    searched_on: date | None
    added_by: str
    syntax: Syntax
    remark: str
    n_found: int
    n_new: int

    @property
    def is_file(self) -> bool:
        """Whether its records came in a file, and not from a search by this program."""
        return self.how == (FILE,)

    @property
    def is_strategy(self) -> bool:
        """Whether it is a strategy that this program ran on a store, and can run again."""
        return self.how == (STORE,) and bool(self.query)


def past_searches(project: Project) -> tuple[PastSearch, ...]:
    """Every search in the order of the log; a record is new with the search that first brought it.

    Raises:
        ProjectError: The log cannot be read.
    """
    runs: list[SearchRun] = []
    n_new: list[int] = []
    seen: set[str] = set()
    for line in project.lines(SearchRun, RecordIdentified):
        match line.entry:
            case SearchRun() as run:
                runs.append(run)
                n_new.append(0)
            case RecordIdentified(record=record) if record.record_id not in seen:
                seen.add(record.record_id)
                if n_new:
                    n_new[-1] += 1
            case _:
                pass
    return tuple(
        _past(n, run, new) for n, (run, new) in enumerate(zip(runs, n_new, strict=True), 1)
    )


def search_report(
    manifest: Manifest, state: ReviewState, searches: tuple[PastSearch, ...]
) -> SearchReport | None:
    """What PRISMA-S asks for; None where no search was run.

    Its numbers are those of the PRISMA flow: what the searches brought anew is what was identified.
    """
    if not searches:
        return None
    findings: list[Finding] = []
    for search in searches:
        if search.is_strategy:
            findings += lint(search.query, search.syntax)
    counts = count(state)
    brought = sum(search.n_new for search in searches)
    return SearchReport(
        title=manifest.question.text,
        searches=tuple(_source_search(search, manifest) for search in searches),
        peer_reviews=(review_by_rules(findings),) if findings else (),
        deduplication=Deduplication(
            method=(
                "records of one content counted once; then record linkage by identifiers, title, "
                "authors, journal and year; doubtful pairs decided by a person"
            ),
            software=f"evidence-synthesis {version('evidence-synthesis')}",
            n_before=brought,
            n_after=brought - counts.duplicates,
            n_for_person=counts.suspected_duplicates,
        )
        if brought >= counts.duplicates
        else None,
    )


def _past(number: int, run: SearchRun, n_new: int) -> PastSearch:
    made = run.provenance
    return PastSearch(
        number=number,
        source=run.source,
        query=run.query,
        how=run.retrievers,
        searched_on=searched_on(run),
        added_by=_BY_MACHINE if made.actor == MACHINE else made.actor,
        syntax=run.syntax or "pubmed",
        remark=made.reason,
        n_found=run.n_records,
        n_new=n_new,
    )


def _source_search(search: PastSearch, manifest: Manifest) -> SourceSearch:
    in_store = search.source.startswith("store ")
    live = search.source in SOURCE_NAMES.values()
    known = search.n_found - search.n_new
    limits = strategy_limits(search.query, search.syntax) if search.is_strategy else None
    return SourceSearch(
        source_name=search.source,
        kind="register" if search.source in _REGISTERS else "database",
        platform="local store" if in_store else "",
        interface="file of records" if search.is_file else "API" if live else "evidence",
        index_digest=manifest.index_digest if _of_store(search, manifest) else "",
        searched_on=search.searched_on,
        strategy=search.query or NOT_GIVEN,
        notices=(f"{known:,} of the records found were in the project already",) if known else (),
        limits=limits or (),
        limits_read=limits is not None,
        n_found=max(search.n_found, search.n_new),
        n_taken=search.n_new,
    )


def _of_store(search: PastSearch, manifest: Manifest) -> bool:
    return search.source == f"store {manifest.index_digest[:12]}"
