"""The field's vocabulary, and the types that carry text from a source to a quote.

Vocabulary (used verbatim in names throughout the program):

    record      a citation: title, abstract and bibliographic fields
    report      a document that tells of a study (an article, a guideline)
    study       what was done; it may have several reports
    document    the text of a record or report as it is read here, fixed by its digest
    passage     a stretch of a document that is retrieved as one context
    quote       a verbatim stretch of a document that supports a value or a sentence
    included / excluded     the fate of a record (never relevant, never positive)
    eligibility criterion   one condition of inclusion or exclusion
    comparator  what the intervention is compared with
    outcome     what is measured; an effect measure says how it is compared
    risk of bias            of a study (never quality)
    certainty               of a body of evidence (never confidence)

All offsets count Unicode code points from the start of `Document.text`; ends are exclusive.
"""

from __future__ import annotations

import hashlib
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator


class Frozen(BaseModel):
    """A value: immutable, and closed to fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _is_missing(value: str | None) -> bool:
    return value is None


class Record(Frozen):
    """A citation. Only `record_id`, `source` and `title` are always there.

    Attributes:
        mesh: Names of MeSH descriptors.
        mesh_headings: The same headings as MEDLINE prints them, with qualifiers, and a star before
            what is a major topic (`Asthma/*drug therapy`, `*Malaria`); empty where a source does
            not tell.
        chemicals: Names of substances.
        retraction_pmids: The notices of retraction.
        database: The database that gave the accession number, such as Embase.
        accession: The database's own number of the record; PubMed's is `pmid`.
        volume, issue, pages: Where in the journal, as the source prints them.

    The last five are left out of what is written where a source does not tell them, so that
    records without them keep their digests.
    """

    record_id: str = Field(min_length=1)
    source: str
    title: str
    abstract: str = ""
    pmid: str | None = None
    doi: str | None = None
    pmcid: str | None = None
    year: int | None = None
    journal: str | None = None
    authors: tuple[str, ...] = ()
    publication_types: tuple[str, ...] = ()
    mesh: tuple[str, ...] = ()
    mesh_headings: tuple[str, ...] = ()
    chemicals: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    language: str | None = None
    licence: str | None = None
    retracted: bool = False
    retraction_pmids: tuple[str, ...] = ()
    database: str | None = Field(default=None, exclude_if=_is_missing)
    accession: str | None = Field(default=None, exclude_if=_is_missing)
    volume: str | None = Field(default=None, exclude_if=_is_missing)
    issue: str | None = Field(default=None, exclude_if=_is_missing)
    pages: str | None = Field(default=None, exclude_if=_is_missing)


class Section(Frozen):
    """A headed part of a document; `path` runs from the outermost heading inwards."""

    path: tuple[str, ...]
    start: int = Field(ge=0)
    end: int = Field(ge=0)


class TableCell(Frozen):
    """A cell of a table; `row` and `column` are 0-based places on the grid, spans included."""

    row: int
    column: int
    row_span: int = 1
    column_span: int = 1
    header: bool
    text: str
    start: int
    end: int


class Table(Frozen):
    """A table whose cells are verbatim stretches of `Document.text`."""

    table_id: str
    label: str
    caption: str
    start: int
    end: int
    cells: tuple[TableCell, ...]
    footnotes: tuple[str, ...] = ()

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the grid."""
        rows = max((cell.row + cell.row_span for cell in self.cells), default=0)
        columns = max((cell.column + cell.column_span for cell in self.cells), default=0)
        return rows, columns


class Document(Frozen):
    """The text of a record or report as it is read here.

    Raises:
        ValueError: `document_digest` is not the SHA-256 of `text`.
    """

    document_digest: str
    record_id: str
    kind: Literal["abstract", "full_text"]
    text: str
    sections: tuple[Section, ...] = ()
    tables: tuple[Table, ...] = ()

    @model_validator(mode="after")
    def _digest_matches(self) -> Document:
        if self.document_digest != text_digest(self.text):
            raise ValueError("document_digest is not the SHA-256 of the text")
        return self

    def passage(self, start: int, end: int, section: str = "") -> Passage:
        """The passage from `start` to `end`."""
        return Passage(
            passage_id=passage_id(self.document_digest, start, end),
            record_id=self.record_id,
            document_digest=self.document_digest,
            section=section,
            text=self.text[start:end],
            start=start,
            end=end,
        )

    def quote(self, start: int, end: int) -> Quote:
        """The verbatim quote from `start` to `end`.

        Raises:
            ValueError: The stretch is empty or outside the text.
        """
        if not 0 <= start < end <= len(self.text):
            raise ValueError(f"no text from {start} to {end} in a document of {len(self.text)}")
        return Quote(
            passage_id=passage_id(self.document_digest, start, end),
            start=start,
            end=end,
            text=self.text[start:end],
        )

    def section_at(self, offset: int) -> tuple[str, ...]:
        """Headings over `offset`, outermost first; empty outside every section."""
        over = [s for s in self.sections if s.start <= offset < s.end]
        return max(over, key=lambda s: (len(s.path), s.start)).path if over else ()


class Passage(Frozen):
    """A stretch of a document that is retrieved as one context."""

    passage_id: str
    record_id: str
    document_digest: str
    section: str
    text: str
    start: int
    end: int


class Quote(Frozen):
    """A verbatim stretch of a document; offsets count from the document's start."""

    passage_id: str
    start: int = Field(ge=0)
    end: int = Field(gt=0)
    text: str = Field(min_length=1)

    @property
    def document_digest(self) -> str:
        """The digest of the document that is quoted."""
        return self.passage_id.partition(":")[0]


def text_digest(text: str) -> str:
    """SHA-256 of the text in UTF-8, in hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def passage_id(document_digest: str, start: int, end: int) -> str:
    """The name of a stretch of a document: `digest:start-end`."""
    return f"{document_digest}:{start}-{end}"


def abstract_document(record: Record) -> Document:
    """The document of a record that has no full text: its title, a blank line, its abstract."""
    text = f"{record.title}\n\n{record.abstract}".rstrip()
    sections = [Section(path=("Title",), start=0, end=len(record.title))]
    if record.abstract:
        sections.append(Section(path=("Abstract",), start=len(record.title) + 2, end=len(text)))
    return Document(
        document_digest=text_digest(text),
        record_id=record.record_id,
        kind="abstract",
        text=text,
        sections=tuple(sections),
    )
