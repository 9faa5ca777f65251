"""Parts of a strategy in words: in the syntax it is written in, where that can say it."""

from __future__ import annotations

from typing import Literal

from evidence.query_debugger.explanation import Kind
from retrievers.boolean.errors import QueryError
from retrievers.boolean.to_ovid import to_ovid
from retrievers.boolean.to_pubmed import to_pubmed
from retrievers.boolean.tree import (
    AllRecords,
    And,
    AutomaticTerm,
    DateRange,
    Line,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
)

Syntax = Literal["pubmed", "ovid"]


def written(query: Query, syntax: Syntax) -> str:
    """The query in its syntax, else in the other one; a mapping with what stands for it."""
    if isinstance(query, AutomaticTerm):
        return f"{query.text} → {written(query.query, syntax)}"
    writers = (to_ovid, to_pubmed) if syntax == "ovid" else (to_pubmed, to_ovid)
    for writer in writers:
        try:
            # As a line of several: alone, the writers put some queries in brackets.
            return writer(SearchStrategy((Line(2, query),))).split(". ", 1)[1]
        except QueryError:
            continue  # this syntax has no words for it
    return f"{kind_of(query)} that neither syntax can write in one piece"


def kind_of(query: Query) -> Kind:
    """What a node is."""
    match query:
        case And():
            return "and"
        case Or():
            return "or"
        case Not():
            return "not"
        case Term():
            return "term"
        case MeshHeading():
            return "heading"
        case AutomaticTerm():
            return "mapping"
        case Near():
            return "near"
        case DateRange():
            return "dates"
        case LineReference():
            return "line"
        case AllRecords():
            return "all records"
