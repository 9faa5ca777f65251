"""The reports that are sought and not had: what a librarian asks document delivery for.

A report is *sought* once its record went on from titles and abstracts. It is *had* when the
project holds its text, or somebody judged it from a text held elsewhere. A person's word that it
cannot be had ends the search; a machine only says that the store has no text of it, so such a
report is still requested.
"""

from __future__ import annotations

from typing import Literal
from urllib.parse import quote

from evidence.deduplication.normal_forms import normalised_doi
from evidence.duplicates.filled import filled_records
from evidence.project import Project
from evidence.screening.verdicts import PhaseVerdicts
from evidence.state import Fate, ReviewState, read_state
from indexers.records import Frozen, Record

SOUGHT: tuple[Fate, ...] = (
    *("to_retrieve", "not_retrieved", "to_assess", "conflict_full_text"),
    *("excluded_full_text", "awaiting", "included"),
)
"""The fates of records whose report is sought, as PRISMA counts them."""
_JUDGED = ("conflict_full_text", "excluded_full_text", "awaiting", "included")
_AUTHORS_NAMED = 6


class ReportRequest(Frozen):
    """A report to be had.

    Attributes:
        record: Its citation.
        citation: The same on one line.
        links: Addresses to read, never opened here: DOI, PubMed, PubMed Central.
        wanted_by: Who let the record go on from titles and abstracts; people, else the engine.
        asked: `to_retrieve` while it is looked for, `not_in_store` when the program gave up on it.
    """

    record: Record
    citation: str
    links: tuple[str, ...]
    wanted_by: tuple[str, ...]
    asked: Literal["to_retrieve", "not_in_store"]


class MissingReport(Frozen):
    """A report that a person gave up on, and why."""

    record: Record
    citation: str
    reason: str
    said_by: str


class RequestList(Frozen):
    """The state of retrieval; `sought` is the sum of `had`, `not_retrieved` and `to_retrieve`.

    `not_retrieved` is the box of the PRISMA flow: reports that the program or a person could not
    get. Those of the program stand in `requests` too.
    """

    requests: tuple[ReportRequest, ...]
    missing: tuple[MissingReport, ...]
    sought: int
    had: int
    not_retrieved: int
    to_retrieve: int


def request_list(project: Project) -> RequestList:
    """The requests of a project as its log stands now, in the order of the search."""
    return requests_of(read_state(project))


def requests_of(state: ReviewState) -> RequestList:
    """The requests in a state, in the order of the search."""
    fates = {record_id: state.fate(record_id) for record_id in state.with_fate(*SOUGHT)}
    filled = filled_records(state)
    requests, missing = [], []
    for record_id, fate in fates.items():
        if had(state, record_id, fate):
            continue
        found = filled.get(record_id, state.records[record_id])
        record = found.record
        said = state.reports.get(record_id)
        if said is not None and said.provenance.by_person:
            missing.append(
                MissingReport(
                    record=record,
                    citation=citation(record),
                    reason=said.provenance.reason,
                    said_by=said.provenance.actor,
                )
            )
            continue
        requests.append(
            ReportRequest(
                record=record,
                citation=citation(record),
                links=links(record),
                wanted_by=_wanted_by(state.verdicts.get((record_id, "title_abstract"))),
                asked="to_retrieve" if said is None else "not_in_store",
            )
        )
    n_had = sum(had(state, record_id, fate) for record_id, fate in fates.items())
    n_to_retrieve = sum(fate == "to_retrieve" for fate in fates.values())
    return RequestList(
        requests=tuple(requests),
        missing=tuple(missing),
        sought=len(fates),
        had=n_had,
        not_retrieved=len(fates) - n_had - n_to_retrieve,
        to_retrieve=n_to_retrieve,
    )


def had(state: ReviewState, record_id: str, fate: Fate) -> bool:
    """Whether the text of a sought report is here, or was judged elsewhere."""
    report = state.reports.get(record_id)
    return fate in _JUDGED or (report is not None and report.document_digest is not None)


def citation(record: Record) -> str:
    """Authors, title, journal and year on one line, as far as they are known."""
    authors = "; ".join(name.replace(",", "") for name in record.authors[:_AUTHORS_NAMED])
    if len(record.authors) > _AUTHORS_NAMED:
        authors += "; et al"
    parts = (authors, record.title, record.journal, str(record.year) if record.year else "")
    return " ".join(f"{printable(part).rstrip('.')}." for part in parts if part)


def links(record: Record) -> tuple[str, ...]:
    """Addresses under which a report may be found; only identifiers of a known form make one."""
    found = []
    doi = normalised_doi(record.doi)
    if doi:
        found.append(f"https://doi.org/{quote(doi, safe='/:;()._-')}")
    if record.pmid and record.pmid.isascii() and record.pmid.isdigit():
        found.append(f"https://pubmed.ncbi.nlm.nih.gov/{record.pmid}/")
    pmcid = (record.pmcid or "").upper().removeprefix("PMC")
    if pmcid.isascii() and pmcid.isdigit():
        found.append(f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{pmcid}/")
    return tuple(found)


def printable(text: str) -> str:
    """Text of a record as one line that no terminal acts on."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def _wanted_by(said: PhaseVerdicts | None) -> tuple[str, ...]:
    """Who let a record go on, by each one's last word on its title and abstract."""
    if said is None:
        return ()
    words = [*said.reviewers.values(), said.adjudication]
    people = [w.provenance.actor for w in words if w is not None and w.verdict != "exclude"]
    if people or said.machine is None or said.machine.verdict == "exclude":
        return tuple(dict.fromkeys(people))
    made = said.machine.provenance
    return (f"{made.actor} ({made.engine})",)
