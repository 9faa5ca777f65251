"""A tree as plain JSON values, for `evidence search --check`."""

from __future__ import annotations

from typing import Any

from retrievers.boolean.errors import Place
from retrievers.boolean.fields import ALL_FIELDS
from retrievers.boolean.tree import (
    AllRecords,
    And,
    AutomaticTerm,
    DateRange,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    SearchStrategy,
    Term,
)


def to_json(query: Query | SearchStrategy) -> dict[str, Any]:
    """The tree as dicts, lists, strings and numbers; each node has a `kind`."""
    if isinstance(query, SearchStrategy):
        return {
            "lines": [
                {"number": line.number, "place": _place(line.place), "query": to_json(line.query)}
                for line in query.lines
            ],
            "notices": [
                {"place": _place(notice.place), "message": notice.message}
                for notice in query.notices
            ],
        }
    match query:
        case And(operands):
            return {"kind": "and", "operands": [to_json(operand) for operand in operands]}
        case Or(operands):
            return {"kind": "or", "operands": [to_json(operand) for operand in operands]}
        case Not(included, excluded):
            return {"kind": "not", "included": to_json(included), "excluded": to_json(excluded)}
        case _:
            return _leaf(query) | {"place": _place(query.place)}


def _leaf(
    query: Term | MeshHeading | AutomaticTerm | Near | DateRange | LineReference | AllRecords,
) -> dict[str, Any]:
    match query:
        case Term():
            everywhere = query.fields == ALL_FIELDS
            return {
                "kind": "term",
                "words": list(query.words),
                "fields": ["all"] if everywhere else [str(field) for field in query.fields],
                "quoted": query.quoted,
                "exploded": query.exploded,
            }
        case MeshHeading():
            return {
                "kind": "mesh heading",
                "heading": query.heading,
                "descriptor": query.descriptor or None,
                "exploded": query.exploded,
                "major": query.major,
                "subheadings": list(query.subheadings),
                "exploded_subheadings": query.exploded_subheadings,
            }
        case AutomaticTerm():
            inner = to_json(query.query)
            return {"kind": "automatic mapping", "text": query.text, "query": inner}
        case Near():
            return {
                "kind": "near",
                "operands": [to_json(operand) for operand in query.operands],
                "distance": query.distance,
                "ordered": query.ordered,
            }
        case DateRange():
            dates = {"start": query.start, "end": query.end}
            return {"kind": "date range", "date": query.kind, **dates}
        case LineReference():
            return {"kind": "line", "number": query.number}
        case AllRecords():
            return {"kind": "all records", "with_abstract": query.with_abstract}


def _place(place: Place) -> dict[str, int]:
    return {"line": place.line, "character": place.character}
