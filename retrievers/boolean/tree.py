"""The tree of a query, the same for every syntax.

Two trees are equal when they ask for the same thing in the same shape: places in the text and
notices do not count. `all_of` and `any_of` keep trees canonical: no `And` stands directly in an
`And`, no `Or` in an `Or`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from retrievers.boolean.errors import Place, QueryNotice

_NOWHERE = Place()


class Field(StrEnum):
    """Where a term is looked for; a store may hold nothing for some of them."""

    TITLE = "title"
    ABSTRACT = "abstract"
    KEYWORDS = "keywords"
    MESH_WORDS = "mesh words"
    PUBLICATION_TYPE = "publication type"
    AUTHOR = "author"
    FIRST_AUTHOR = "first author"
    LAST_AUTHOR = "last author"
    JOURNAL = "journal"
    LANGUAGE = "language"
    PMID = "pmid"
    PMCID = "pmcid"
    DOI = "doi"
    SUBHEADING = "subheading"
    SUBSTANCE = "substance"
    PHARMACOLOGICAL_ACTION = "pharmacological action"
    ORIGINAL_TITLE = "original title"
    AFFILIATION = "affiliation"
    REGISTRY_NUMBER = "registry number"
    IDENTIFIER = "other identifier"
    GRANT = "grant"
    SUBJECT_NAME = "personal name as subject"
    CORPORATE_AUTHOR = "corporate author"
    INVESTIGATOR = "investigator"
    ISSN = "issn"
    VOLUME = "volume"
    ISSUE = "issue"
    PAGES = "pages"
    COUNTRY = "country"
    SUBSET = "subset"


@dataclass(frozen=True, slots=True)
class Term:
    """Words next to each other in one of the fields.

    Attributes:
        words: Folded words; in them `#` stands for one character, `?` for one or none, and at
            the end `*` for any number, `*2` for at most two.
        fields: In the order of `Field`.
        quoted: Written in quotation marks (an exact name, where the field holds names).
        exploded: With narrower publication types or subheadings, as PubMed does.
    """

    words: tuple[str, ...]
    fields: tuple[Field, ...]
    quoted: bool = False
    exploded: bool = False
    place: Place = field(default=_NOWHERE, compare=False)

    @property
    def text(self) -> str:
        """The words, with blanks between."""
        return " ".join(self.words)


@dataclass(frozen=True, slots=True)
class MeshHeading:
    """A subject heading, if there are subheadings with at least one of them.

    Attributes:
        heading: As it was written; a `*` at its end stands for any ending.
        exploded: With narrower headings.
        major: As a major topic.
        subheadings: By the names of `qualifiers`, where they are known there.
        descriptor: Its name in the table, empty when it is not there.
        exploded_subheadings: With narrower subheadings: PubMed explodes both or neither, Ovid
            never explodes subheadings behind a heading.
    """

    heading: str
    exploded: bool = True
    major: bool = False
    subheadings: tuple[str, ...] = ()
    descriptor: str = ""
    exploded_subheadings: bool = False
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AutomaticTerm:
    """Untagged words of PubMed with what stands for them.

    PubMed's automatic term mapping is approximated: the longest runs of words that are a MeSH
    heading or entry term are searched as that heading, exploded, or as words in all fields;
    journals, authors and spelling variants are not mapped.
    """

    text: str
    query: Query
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class Near:
    """Operands at most `distance` words apart, within one field.

    Attributes:
        operands: Terms, or-groups of terms, or `Near` with two operands, all in the same fields.
        distance: Between two operands 1 is next to each other. With more operands (PubMed), all
            must lie within the number of their words plus `distance` - 1.
        ordered: In the order written.
    """

    operands: tuple[Query, ...]
    distance: int = 1
    ordered: bool = False
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class DateRange:
    """Publication (or another kind of date) from `start` to `end`: `2000`, `2000/01`, `2000/01/31`.

    None is an open end.
    """

    start: str | None
    end: str | None
    kind: Literal["publication", "electronic", "entry", "create", "mesh", "completion"] = (
        "publication"
    )
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class LineReference:
    """The result of another line."""

    number: int
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class AllRecords:
    """Every record of the store; with `with_abstract`, every one that has an abstract."""

    with_abstract: bool = False
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class And:
    """All of the operands."""

    operands: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the operands."""

    operands: tuple[Query, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The included without the excluded."""

    included: Query
    excluded: Query


Leaf = Term | MeshHeading | DateRange | LineReference | AllRecords
Query = Leaf | AutomaticTerm | Near | And | Or | Not


@dataclass(frozen=True, slots=True)
class Line:
    """A numbered line of a strategy."""

    number: int
    query: Query
    place: Place = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class SearchStrategy:
    """Lines in the order written; the last one is what the strategy finds."""

    lines: tuple[Line, ...]
    notices: tuple[QueryNotice, ...] = field(default=(), compare=False)


def all_of(queries: Sequence[Query]) -> Query:
    """The queries joined by AND, canonical."""
    flat = [p for q in queries for p in (q.operands if isinstance(q, And) else (q,))]
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def any_of(queries: Sequence[Query]) -> Query:
    """The queries joined by OR, canonical."""
    flat = [p for q in queries for p in (q.operands if isinstance(q, Or) else (q,))]
    return flat[0] if len(flat) == 1 else Or(tuple(flat))


def children(query: Query) -> tuple[Query, ...]:
    """The operands of a node, from left to right."""
    match query:
        case And(operands) | Or(operands):
            return operands
        case Near():
            return query.operands
        case Not(included, excluded):
            return (included, excluded)
        case AutomaticTerm():
            return (query.query,)
        case _:
            return ()


def nodes(query: Query) -> Iterator[tuple[Query, int]]:
    """Every node with its depth, from 1, without recursion: a hostile tree may be deep."""
    waiting = [(query, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in reversed(children(node))]


def place_of(query: Query) -> Place:
    """Where a query begins in its text."""
    while isinstance(query, And | Or | Not):
        query = query.included if isinstance(query, Not) else query.operands[0]
    return query.place
