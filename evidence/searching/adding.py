"""Records brought into a project after its first search: what is new, and the lines of the log.

Vocabulary: a *source* is what a person calls the place that was searched (Embase, a colleague's
library); records of it are *found*; those whose content the project holds under an id are *known*
and are counted, never written again; the others are *new* and keep the id that they came with,
unless another record has it.

A search and all its new records are one transaction, so that an act that was killed left nothing,
and the same act done twice finds everything known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from evidence.duplicates.answers import signed
from evidence.duplicates.links import DuplicateEntry
from evidence.errors import ProjectError, StoreError
from evidence.events import (
    DuplicateMarked,
    DuplicateSuspected,
    RecordIdentified,
    SearchRun,
)
from evidence.project import Project
from evidence.searching.later_duplicates import duplicate_words
from evidence.state import ReviewState, read_state
from indexers.records import Frozen, Record, abstract_document, text_digest

if TYPE_CHECKING:
    from indexers.record_store import RecordStore

MOST_AT_ONCE = 100_000
"""Records of one search that may be added; more are no search, and the log would not be read."""
STORE, FILE = "boolean", "file"
"""By what records were found, beside the names of live services."""


class FoundRecords(Frozen):
    """What a search of a source gave.

    Attributes:
        source: What the place that was searched is called; never empty.
        query: The strategy as it was run; empty when nobody gave it.
        how: By what it was found: `STORE`, `FILE`, or a live service's name.
        searched_on: The day of the search, when it is known.
        syntax: That of the query, where it is a strategy for a store.
        remark: What else the log should say, such as the file's name.
        keeps_source: Whether the records say themselves where they are from.
    """

    source: str
    query: str
    how: str
    records: tuple[Record, ...]
    searched_on: date | None = None
    syntax: Literal["pubmed", "ovid"] | None = None
    remark: str = ""
    keeps_source: bool = False


@dataclass(frozen=True)
class Plan:
    """What adding would do.

    Attributes:
        new: The records to write, each under the id that it gets, in the order found.
        n_known: Found records that the project holds already, or that stand twice among the found.
        renamed: The ids of new records that had to change, each with the id it came with.
    """

    new: tuple[Record, ...]
    n_known: int
    renamed: dict[str, str]

    @property
    def n_found(self) -> int:
        """All records that were found."""
        return len(self.new) + self.n_known


class Added(Frozen):
    """What adding did; the last two are what de-duplication said anew."""

    source: str
    n_found: int
    n_new: int
    n_known: int
    n_renamed: int
    n_duplicates: int
    n_pairs: int


def plan(found: FoundRecords, state: ReviewState, store: RecordStore | None = None) -> Plan:
    """Tell new records from known ones.

    Args:
        found: What a search gave.
        state: Of the project.
        store: The project's; its ids mean its own records, whose full texts it holds.
    """
    held = {record_id: entry.record for record_id, entry in state.records.items()}
    contents = {_content(record) for record in held.values()}
    stored = frozenset(store.record_ids()) if store is not None else frozenset()
    new: list[Record] = []
    renamed: dict[str, str] = {}
    n_known = 0
    for record in found.records:
        content = _content(record)
        if content in contents or _is_same(record, held.get(record.record_id)):
            n_known += 1
            continue
        contents.add(content)
        record_id = _free_id(record, held, stored, store)
        if record_id != record.record_id:
            renamed[record_id] = record.record_id
        source = record.source if found.keeps_source else found.source
        held[record_id] = record.model_copy(update={"record_id": record_id, "source": source})
        new.append(held[record_id])
    return Plan(tuple(new), n_known, renamed)


def add(project: Project, found: FoundRecords, by: str, store: RecordStore | None = None) -> Added:
    """Write a search and its new records, and what de-duplication says of them, all or nothing.

    Certificates of screening say by themselves that they are outgrown.

    Args:
        project: Takes the lines.
        found: What a search gave.
        by: The person who adds.
        store: The project's, when it can be opened.

    Raises:
        ProjectError: No name, no source or too many records; or somebody else is adding.
    """
    provenance = signed(by, found.remark)
    if not found.source.strip():
        raise ProjectError("source: expected a name for where the records are from")
    if len(found.records) > MOST_AT_ONCE:
        raise ProjectError(
            f"{len(found.records):,} records found: expected at most {MOST_AT_ONCE:,}; narrow the "
            "strategy or split the file"
        )
    with project.alone("adding"):  # what is known is read before it is written
        state = read_state(project)
        planned = plan(found, state, store)
        run = SearchRun(
            query=found.query,
            source=found.source,
            retrievers=(found.how,),
            n_records=planned.n_found,
            syntax=found.syntax,
            searched_on=found.searched_on,
            provenance=provenance,
        )
        identified = [
            RecordIdentified(
                record=record, score=0.0, ranks={found.how: place}, provenance=provenance
            )
            for place, record in enumerate(planned.new, 1)
        ]
        if not identified and run in map(_unstamped, state.searches):
            return _added(planned, found.source, ())  # the same act, done again
        words = duplicate_words(state, planned.new)
        project.append(
            run,
            *identified,
            *words,
            documents=[abstract_document(record) for record in planned.new],
        )
    return _added(planned, found.source, words)


def _unstamped(run: SearchRun) -> SearchRun:
    return run.model_copy(update={"provenance": run.provenance.model_copy(update={"at": None})})


def _added(planned: Plan, source: str, words: Sequence[DuplicateEntry]) -> Added:
    return Added(
        source=source,
        n_found=planned.n_found,
        n_new=len(planned.new),
        n_known=planned.n_known,
        n_renamed=len(planned.renamed),
        n_duplicates=sum(isinstance(word, DuplicateMarked) for word in words),
        n_pairs=sum(isinstance(word, DuplicateSuspected) for word in words),
    )


def searched_on(run: SearchRun) -> date | None:
    """The day of a search: as its line says, else the day on which the line was written.

    None for a file without one: it may be much older than the line.
    """
    if run.searched_on is not None:
        return run.searched_on
    at = run.provenance.at
    return at.date() if at is not None and run.retrievers != (FILE,) else None


def outcome_words(added: Added) -> str:
    """What adding did, in a line."""
    parts = [f"{added.n_new:,} new of {added.n_found:,} found in {added.source}"]
    if added.n_known:
        parts.append(f"{added.n_known:,} were in the project already")
    if added.n_duplicates:
        parts.append(f"{added.n_duplicates:,} duplicates removed")
    if added.n_pairs:
        parts.append(f"{added.n_pairs:,} pairs wait for a person on the page Duplicates")
    return "; ".join(parts)


def _content(record: Record) -> str:
    """The digest of all that a record says, but for its id and for who brought it."""
    bare = record.model_copy(update={"record_id": "-", "source": ""})
    return text_digest(bare.model_dump_json())


def _is_same(record: Record, other: Record | None) -> bool:
    """Whether two records of one id are one: sources revise their records and keep their ids."""
    if other is None:
        return False
    shared = any(
        mine and theirs and mine.strip().casefold() == theirs.strip().casefold()
        for mine, theirs in (
            (record.pmid, other.pmid),
            (record.pmcid, other.pmcid),
            (record.doi, other.doi),
        )
    )
    return shared or _content(record) == _content(other)


def _free_id(
    record: Record, held: dict[str, Record], stored: frozenset[str], store: RecordStore | None
) -> str:
    """The record's own id, else the first of `id-2`, `id-3`, … that means no other record."""
    for number in range(1, len(held) + len(stored) + 3):
        name = record.record_id if number == 1 else f"{record.record_id}-{number}"
        if name in held:
            continue
        if name not in stored or store is None or _is_same(record, store.record(name)):
            return name
    raise AssertionError("there are more numbers than ids")


def open_store(project: Project) -> RecordStore | None:
    """The project's store; None where it cannot be opened, as on another machine."""
    from indexers import stores

    try:
        return stores.open_store(project.manifest.store)
    except StoreError:
        return None
