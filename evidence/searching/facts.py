"""What was searched, how and when, and what came of it: the facts behind a PRISMA-S report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from pydantic import Field, model_validator

from evidence.query_debugger.finding import Finding
from indexers.records import Frozen


class SearchFilter(Frozen):
    """A published or own set of lines that keeps a kind of study or population.

    Attributes:
        source: Where it was published.
        changes: How it differs from what was published; empty when it was used as it stands.
    """

    name: str = Field(min_length=1)
    version: str = ""
    source: str = ""
    changes: str = ""


class SearchLimit(Frozen):
    """A restriction outside the concepts: of language, dates, publication type."""

    limit: str = Field(min_length=1)
    reason: str = ""


class LineCount(Frozen):
    """How many records a line of the strategy found."""

    number: int
    n_found: int = Field(ge=0)


class SourceSearch(Frozen):
    """One search of one database or register.

    Attributes:
        source_name: The database or register, as its makers call it.
        platform: Through which it was searched: PubMed, Ovid, a local store.
        interface: How: a web page, an API, the command line.
        coverage: The dates that the database covers.
        version: Of the database or of the index.
        index_digest: Of a local store, which fixes every record in it.
        n_in_source: Records in the source.
        searched_on: None when it was not recorded.
        searched_with: Other databases that the same search covered.
        search_name: Tells searches of one source apart.
        strategy: Verbatim, as it was run.
        limits_read: Whether `limits` has all that the strategy itself restricts.
        translation: The strategy as the platform reports to have run it.
        n_found: Records that the strategy found.
        n_taken: Records that went on to de-duplication; all found ones unless said.
    """

    source_name: str = Field(min_length=1)
    kind: Literal["database", "register"] = "database"
    platform: str = ""
    interface: str = ""
    coverage: str = ""
    version: str = ""
    index_digest: str = ""
    n_in_source: int | None = Field(default=None, ge=0)
    searched_on: date | None = None
    searched_with: tuple[str, ...] = ()
    search_name: str = ""
    strategy: str
    translation: str = ""
    line_counts: tuple[LineCount, ...] = ()
    notices: tuple[str, ...] = ()
    limits: tuple[SearchLimit, ...] = ()
    limits_read: bool = False
    filters: tuple[SearchFilter, ...] = ()
    n_found: int = Field(ge=0)
    n_taken: int | None = Field(default=None, ge=0)

    @property
    def label(self) -> str:
        """The source, and which search of it."""
        return f"{self.source_name} ({self.search_name})" if self.search_name else self.source_name

    @property
    def taken(self) -> int:
        """Records that went on to de-duplication."""
        return self.n_found if self.n_taken is None else self.n_taken

    @model_validator(mode="after")
    def _not_more_than_found(self) -> SourceSearch:
        if self.taken > self.n_found:
            raise ValueError(f"{self.source_name}: {self.taken} taken of {self.n_found} found")
        return self


class OtherSource(Frozen):
    """A way to records that is no database search: a web page, references, a letter."""

    description: str = Field(min_length=1)
    searched_on: date | None = None
    n_records: int | None = Field(default=None, ge=0)


class PeerReview(Frozen):
    """Who looked over the strategies; rules of a program are no substitute for a person."""

    reviewer: Literal["person", "rules"]
    name: str = Field(min_length=1)
    checklist: str = "PRESS 2015"
    n_errors: int | None = Field(default=None, ge=0)
    n_warnings: int | None = Field(default=None, ge=0)
    n_notes: int | None = Field(default=None, ge=0)
    outcome: str = ""


class SearchUpdate(Frozen):
    """A later run of the search."""

    method: str = Field(min_length=1)
    searched_on: date | None = None
    n_new: int = Field(ge=0)


class Deduplication(Frozen):
    """How duplicates were found and how many there were."""

    method: str = Field(min_length=1)
    software: str = ""
    n_before: int = Field(ge=0)
    n_after: int = Field(ge=0)
    n_for_person: int | None = Field(default=None, ge=0)

    @model_validator(mode="after")
    def _not_more_than_before(self) -> Deduplication:
        if self.n_after > self.n_before:
            raise ValueError(f"{self.n_after} records after de-duplication, {self.n_before} before")
        return self

    @property
    def n_removed(self) -> int:
        """Duplicates taken out."""
        return self.n_before - self.n_after


class SearchReport(Frozen):
    """All that PRISMA-S asks for; an empty field was not reported.

    Raises:
        ValueError: De-duplication began with another number of records than the sources gave.
    """

    title: str = Field(min_length=1)
    searches: tuple[SourceSearch, ...] = Field(min_length=1)
    online_resources: tuple[OtherSource, ...] = ()
    citation_searching: tuple[OtherSource, ...] = ()
    contacts: tuple[OtherSource, ...] = ()
    other_methods: tuple[OtherSource, ...] = ()
    prior_work: str = ""
    updates: tuple[SearchUpdate, ...] = ()
    peer_reviews: tuple[PeerReview, ...] = ()
    deduplication: Deduplication | None = None

    @property
    def other_sources(self) -> tuple[OtherSource, ...]:
        """Every way to records beside databases and registers."""
        return (
            *self.online_resources,
            *self.citation_searching,
            *self.contacts,
            *self.other_methods,
        )

    @property
    def n_total(self) -> int:
        """Records from all sources, before de-duplication."""
        others = sum(other.n_records or 0 for other in self.other_sources)
        return sum(search.taken for search in self.searches) + others

    @model_validator(mode="after")
    def _counts_agree(self) -> SearchReport:
        if self.deduplication is not None and self.deduplication.n_before != self.n_total:
            raise ValueError(
                f"de-duplication began with {self.deduplication.n_before} records, the sources "
                f"gave {self.n_total}; give the counts of the same records"
            )
        return self


def review_by_rules(findings: Sequence[Finding]) -> PeerReview:
    """The findings of the program's own rules, counted."""
    counts = {
        severity: sum(f.severity == severity for f in findings)
        for severity in ("error", "warning", "note")
    }
    return PeerReview(
        reviewer="rules",
        name="rules of this program",
        n_errors=counts["error"],
        n_warnings=counts["warning"],
        n_notes=counts["note"],
    )
