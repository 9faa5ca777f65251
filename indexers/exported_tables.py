"""Tables as databases write them: PubMed's and Scopus' CSV, Web of Science's tab-delimited files.

A table is known by columns that only that database has together; columns that are not named here
are passed over. Sources: the column names of downloads from pubmed.ncbi.nlm.nih.gov (Save, format
CSV) and scopus.com (Export, CSV), and of Web of Science's exports: field tags (`TI`, `UT`) in
tab-delimited files, names (`Article Title`) in Excel's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from indexers.errors import SourceError
from indexers.records import Record
from indexers.retraction import says_retracted
from indexers.tagged import bare_doi, year_in

_SCOPUS_ID = re.compile(r"\s*\(\d+\)\s*\Z")  # `Doe, Jane (57205551234)`
_PLACEHOLDER = re.compile(r"\[No [a-z ]+ available\]")  # Scopus, for an abstract or an author


@dataclass(frozen=True)
class ExportedTable:
    """Where a database's table has the fields of a record; column names are in lower case.

    Attributes:
        database: The database that gives the ids; empty for PubMed, whose ids are PMIDs.
        known_by: Columns that together only this table has.
        record_id: The database's own id of a record.
        authors: In the order of preference; the first that is filled is taken.
        pages: First page, last page, and the number of an article that has no pages.
        author_separator: What parts authors.
        quoted: Whether cells may stand in quotation marks.
    """

    known_by: tuple[str, ...]
    record_id: str
    title: str
    authors: tuple[str, ...]
    journal: str
    year: str
    doi: str
    pmid: str
    abstract: str = ""
    pmcid: str = ""
    language: str = ""
    publication_types: str = ""
    keywords: tuple[str, ...] = ()
    database: str = ""
    volume: str = ""
    issue: str = ""
    pages: tuple[str, ...] = ()
    author_separator: str = ";"
    quoted: bool = True

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that are read."""
        one = (self.record_id, self.title, self.journal, self.year, self.doi, self.pmid)
        more = (self.abstract, self.pmcid, self.language, self.publication_types)
        place = (self.volume, self.issue, *self.pages)
        return tuple(filter(None, (*one, *more, *place, *self.authors, *self.keywords)))


_TABLES = (
    ExportedTable(
        known_by=("pmid", "title", "authors", "journal/book", "publication year"),
        record_id="pmid",
        title="title",
        authors=("authors",),
        journal="journal/book",
        year="publication year",
        doi="doi",
        pmid="pmid",
        pmcid="pmcid",
        author_separator=",",
    ),
    ExportedTable(
        known_by=("eid", "title", "source title"),
        record_id="eid",
        title="title",
        authors=("author full names", "authors"),
        journal="source title",
        year="year",
        doi="doi",
        pmid="pubmed id",
        abstract="abstract",
        language="language of original document",
        publication_types="document type",
        keywords=("author keywords", "index keywords"),
        database="Scopus",
        volume="volume",
        issue="issue",
        pages=("page start", "page end", "art. no."),
    ),
    ExportedTable(
        known_by=("ut (unique wos id)", "article title", "source title"),
        record_id="ut (unique wos id)",
        title="article title",
        authors=("author full names", "authors"),
        journal="source title",
        year="publication year",
        doi="doi",
        pmid="pubmed id",
        abstract="abstract",
        language="language",
        publication_types="document type",
        keywords=("author keywords", "keywords plus"),
        database="Web of Science",
        volume="volume",
        issue="issue",
        pages=("start page", "end page", "article number"),
    ),
    ExportedTable(
        known_by=("pt", "au", "ti", "so", "ut"),
        record_id="ut",
        title="ti",
        authors=("af", "au"),
        journal="so",
        year="py",
        doi="di",
        pmid="pm",
        abstract="ab",
        language="la",
        publication_types="dt",
        keywords=("de", "id"),
        database="Web of Science",
        volume="vl",
        issue="is",
        pages=("bp", "ep", "ar"),
        quoted=False,
    ),
)
WEB_OF_SCIENCE_TAGS = _TABLES[-1]
"""The table whose columns are the field tags of Web of Science."""


def export_of(columns: Sequence[str]) -> ExportedTable | None:
    """The database whose table has these columns, in lower case."""
    return next((table for table in _TABLES if set(table.known_by) <= set(columns)), None)


def record_of_export(
    path: Path, line: int, cells: Mapping[str, str], table: ExportedTable
) -> Record:
    """The record of a row.

    Raises:
        SourceError: The row has no id.
    """

    def one(column: str) -> str:
        text = " ".join(cells.get(column, "").split())
        return "" if _PLACEHOLDER.fullmatch(text) else text

    def each(column: str, separator: str = ";") -> list[str]:
        parts = (part.strip() for part in one(column).split(separator))
        return list(filter(None, parts))

    record_id = one(table.record_id).removesuffix(".0")  # a number to some spreadsheets
    if not record_id:
        raise SourceError(
            path, f"expected an id in the column {table.record_id}, found an empty field", line
        )
    authors = next(filter(None, (each(a, table.author_separator) for a in table.authors)), [])
    if table.author_separator == "," and authors:
        authors[-1] = authors[-1].removesuffix(".")  # PubMed ends its list with a full stop
    words = (word for column in table.keywords for word in each(column))
    types = each(table.publication_types)
    return Record(
        record_id=record_id,
        source="csv",
        title=one(table.title),
        abstract=one(table.abstract),
        pmid=one(table.pmid).removesuffix(".0") or None,
        doi=bare_doi(one(table.doi)) or None,
        pmcid=one(table.pmcid) or None,
        year=year_in(one(table.year)),
        journal=one(table.journal) or None,
        authors=tuple(_SCOPUS_ID.sub("", author) for author in authors),
        publication_types=tuple(types),
        keywords=tuple(dict.fromkeys(words)),
        language=one(table.language) or None,
        retracted=says_retracted(types, one(table.title)),
        database=table.database or None,
        accession=record_id if table.database else None,
        volume=one(table.volume).removesuffix(".0") or None,
        issue=one(table.issue).removesuffix(".0") or None,
        pages=_pages([one(column).removesuffix(".0") for column in table.pages]),
    )


def _pages(told: Sequence[str]) -> str | None:
    """The pages of first, last and article's number."""
    first, last, number = told or ("", "", "")
    return "-".join(dict.fromkeys(filter(None, (first, last)))) or number or None
