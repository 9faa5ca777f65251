"""Leaves of Ovid's syntax: terms, headings, dates and what a suffix does to them."""

from __future__ import annotations

import re

from indexers.mesh import Mesh
from retrievers.boolean.dates import date_range, read_date
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.fields import (
    OVID_EXPLODED_SUBHEADING,
    OVID_SUFFIXES,
    nearest,
    ovid_fields,
)
from retrievers.boolean.headings import mesh_heading, note_unknown_type
from retrievers.boolean.qualifiers import QUALIFIERS
from retrievers.boolean.tree import (
    And,
    DateRange,
    Field,
    LineReference,
    MeshHeading,
    Near,
    Not,
    Or,
    Query,
    Term,
    all_of,
    any_of,
)

_HEADING_SUFFIXES = {"sh": False, "xm": True}  # exploded
_YEARS = re.compile(r"(\d{4}(?:/\d\d){0,2})?\s*[:-]\s*(\d{4}(?:/\d\d){0,2}|current)?", re.I)
_DATE_SUFFIXES = ("yr", "dp")
# Dates of entry, creation, update, revision and completion, which Ovid MEDLINE has besides.
_OTHER_DATES = ("ed", "dt", "ez", "ep", "da", "dc", "rd", "up", "ud")


def suffix_names(text: str) -> list[str]:
    """The names in `.ti,ab.`."""
    return [name.strip().lower() for name in text.strip(". ").split(",")]


def heading_of(
    found: re.Match[str], mesh: Mesh, place: Place, notices: list[QueryNotice]
) -> MeshHeading:
    """The heading of `exp *Asthma/dt, th`.

    Raises:
        QueryError: A subheading's code is not known.
    """
    codes = re.findall(r"[a-z]{2}", (found["subheadings"] or "").lower())
    for code in codes:
        if code not in QUALIFIERS:
            raise QueryError(place, f"{code!r} is no code of a subheading, as in Asthma/dt")
    text = (found["quoted"] or found["plain"]).strip()
    return mesh_heading(
        f"{text[:-1]}*" if text.endswith("$") else text,
        mesh,
        place,
        notices,
        wants_heading_itself=True,
        exploded=found["exploded"] is not None,
        major=found["major"] is not None,
        subheadings=tuple(QUALIFIERS[code] for code in codes),
    )


def years_of(text: str, place: Place) -> DateRange:
    """The range of `2000:2010`, `2000 -Current` or `2005`.

    Raises:
        QueryError: It is none.
    """
    text = text.strip()
    found = _YEARS.fullmatch(text)
    if found is None:
        date = read_date(text, place)
        return date_range(date, date, "publication", place)
    start = read_date(found[1], place) if found[1] else None
    end = read_date(found[2], place) if found[2] and found[2].lower() != "current" else None
    if start is None and end is None:
        raise QueryError(place, 'expected years, as in "2000 -Current"')
    return date_range(start, end, "publication", place)


def with_default(query: Query, mesh: Mesh) -> Query:
    """The query with `.mp.` behind every term that has no field."""
    return _Suffixed(["mp"], Place(), mesh, [], numbers_are_lines=True).apply(query)


def with_suffix(
    query: Query, names: list[str], place: Place, mesh: Mesh, notices: list[QueryNotice]
) -> Query:
    """The query with the fields of a suffix given to every term that has none.

    Raises:
        QueryError: A name is unknown, or does not fit what it stands behind.
    """
    dates = [name for name in names if name in _DATE_SUFFIXES]
    if dates:
        if len(names) > 1:
            raise QueryError(place, f".{dates[0]}. stands alone; give other fields a term each")
        return _dated(query, place)
    for name in names:
        if name not in OVID_SUFFIXES and name not in _HEADING_SUFFIXES:
            raise QueryError(place, _no_field(name))
    if "kw" in names:
        notices.append(
            QueryNotice(
                place, ".kw. is a whole keyword in Ovid; read as .kf., the words of keywords"
            )
        )
    return _Suffixed(names, place, mesh, notices).apply(query)


def _no_field(name: str) -> str:
    if name in _OTHER_DATES:
        return (
            f".{name}. is no field of these records: of dates they keep the publication's; write "
            "2019:2020.yr."
        )
    known = sorted([*OVID_SUFFIXES, *_HEADING_SUFFIXES, *_DATE_SUFFIXES])
    return f".{name}. is no field{nearest(name, known)} (expected one of {', '.join(known)})"


def _dated(query: Query, place: Place) -> Query:
    match query:
        case Term(fields=()):
            return years_of(query.text, place)
        case LineReference(number):
            return years_of(str(number), place)
        case Or(operands):
            return any_of([_dated(operand, place) for operand in operands])
        case DateRange():
            return query
        case _:
            raise QueryError(place, "expected years before .yr.")


class _Suffixed:
    """Gives fields to terms, from the inside of brackets outwards."""

    def __init__(
        self,
        names: list[str],
        place: Place,
        mesh: Mesh,
        notices: list[QueryNotice],
        *,
        numbers_are_lines: bool = False,
    ) -> None:
        self._numbers_are_lines = numbers_are_lines
        self._fields = ovid_fields([n for n in names if n not in _HEADING_SUFFIXES])
        self._headings = [_HEADING_SUFFIXES[n] for n in names if n in _HEADING_SUFFIXES]
        self._exploded = names == [OVID_EXPLODED_SUBHEADING]
        self._place = place
        self._mesh = mesh
        self._notices = notices

    def apply(self, query: Query) -> Query:
        match query:
            case Term(fields=()):
                return self._term(query)
            case LineReference(number, place) if not self._numbers_are_lines:
                return self._term(Term((str(number),), (), place=place))
            case And(operands):
                return all_of([self.apply(operand) for operand in operands])
            case Or(operands):
                return any_of([self.apply(operand) for operand in operands])
            case Not(included, excluded):
                return Not(self.apply(included), self.apply(excluded))
            case Near(operands):
                if self._headings:
                    raise QueryError(self._place, "adj works in text fields, not in .sh.")
                inner = tuple(self.apply(operand) for operand in operands)
                return Near(inner, query.distance, query.ordered, query.place)
            case _:
                return query

    def _term(self, term: Term) -> Query:
        parts: list[Query] = []
        for exploded in self._headings:
            parts.append(
                mesh_heading(
                    term.text, self._mesh, term.place, self._notices,
                    exploded=exploded, major=False, wants_heading_itself=True,
                )
            )  # fmt: skip
        if self._fields:
            if self._fields == (Field.PUBLICATION_TYPE,):
                note_unknown_type(term.text, self._mesh, term.place, self._notices)
            parts.append(
                Term(term.words, self._fields, term.quoted, self._exploded, place=term.place)
            )
        return any_of(parts)
