"""Ovid's `limit 7 to (english language and yr="2000 -Current")`."""

from __future__ import annotations

import re

from indexers.exact_fields import is_language
from indexers.mesh import Mesh
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.ovid_terms import years_of
from retrievers.boolean.source import Source, Span
from retrievers.boolean.tree import (
    AllRecords,
    Field,
    LineReference,
    MeshHeading,
    Query,
    Term,
    all_of,
    any_of,
)
from retrievers.boolean.words import ovid_words

_LIMIT = re.compile(r"\s*(?:limit|\.\.l/)\s*#?(\d{1,5})\s+(?:to\s+)?(.+?)\s*", re.I | re.S)
_KEPT = re.compile(r"\s*(?:from|\.\.sv)\s+#?\d{1,5}\s+keep\b", re.I)
_DUPLICATES = re.compile(r"\s*remove\s+duplicates\s+from\s+#?(\d{1,5})\s*", re.I)
_YEAR = re.compile(r"yr\s*=\s*(\"?)([^\"]*)\1", re.I)
_PART = re.compile(r"\s+(and|or)\s+", re.I)
_DEEPEST = 5
# Ovid's age groups and the check tags they stand for.
_AGES = {
    "all infant (birth to 23 months)": ["Infant, Newborn", "Infant"],
    "all child (0 to 18 years)": ["Infant", "Child", "Adolescent"],
    "all adult (19 plus years)": ["Adult"],
    "newborn infant (birth to 1 month)": ["Infant, Newborn"],
    "infant (1 to 23 months)": ["Infant"],
    "preschool child (2 to 5 years)": ["Child, Preschool"],
    "child (6 to 12 years)": ["Child"],
    "adolescent (13 to 18 years)": ["Adolescent"],
    "young adult (19 to 24 years)": ["Young Adult"],
    "adult (19 to 44 years)": ["Adult"],
    "middle age (45 to 64 years)": ["Middle Aged"],
    "middle aged (45 plus years)": ["Middle Aged", "Aged"],
    "all aged (65 and over)": ["Aged"],
    "aged (80 and over)": ["Aged, 80 and over"],
}
_EXPLODED_AGES = {"all adult (19 plus years)", "all aged (65 and over)"}
_HEADINGS = {"humans": "Humans", "human": "Humans", "animals": "Animals", "male": "Male",
             "female": "Female"}  # fmt: skip
_TYPES = {"review articles": "review", "systematic reviews": "systematic review",
          "clinical trial, all": "clinical trial", "meta analysis": "meta-analysis"}  # fmt: skip


def limited(source: Source, span: Span, mesh: Mesh, notices: list[QueryNotice]) -> Query | None:
    """The line as `line AND conditions`; None when it is no limit.

    Raises:
        QueryError: A condition is not known, or the line picks records by their place in a list.
    """
    text = source.text[span.start : span.end]
    place = source.place(span.start + len(text) - len(text.lstrip()))
    if _KEPT.match(text):
        raise QueryError(
            place,
            "`from N keep` picks records by their place in a list, which a store does not have; "
            "leave this line out",
        )
    found = _DUPLICATES.fullmatch(text)
    if found is not None:
        notices.append(QueryNotice(place, "a store holds no duplicates; the line stays as it is"))
        return LineReference(int(found[1]), place)
    found = _LIMIT.fullmatch(text)
    if found is None:
        if re.match(r"\s*(?:limit|\.\.l/)\s*#?\d+\b", text, re.I):
            raise QueryError(place, "expected limit N to (CONDITION and CONDITION ...)")
        return None
    reference = LineReference(int(found[1]), source.place(span.start + found.start(1)))
    conditions = _conditions(found[2], source.place(span.start + found.start(2)), mesh, 0)
    return all_of([reference, conditions])


def _conditions(text: str, place: Place, mesh: Mesh, depth: int) -> Query:
    text = " ".join(text.split())
    known = _condition(text, place, mesh)
    if known is not None:
        return known
    if depth > _DEEPEST:
        raise QueryError(place, f"expected at most {_DEEPEST} brackets in each other in a limit")
    parts, operators = _split(text)
    if len(parts) > 1:
        if len(operators) > 1:
            raise QueryError(place, "and and or are mixed in this limit; use brackets")
        inner = [_conditions(part, place, mesh, depth + 1) for part in parts]
        return any_of(inner) if "or" in operators else all_of(inner)
    if text.startswith("(") and text.endswith(")"):
        return _conditions(text[1:-1], place, mesh, depth + 1)
    raise QueryError(
        place,
        f"limit {text[:40]!r} is not known; expected a language, humans, animals, male, female, "
        'abstracts, yr="2000 -Current", a publication type or an age group as Ovid writes it',
    )


def _split(text: str) -> tuple[list[str], set[str]]:
    """The parts between `and` or `or` outside brackets and quotation marks."""
    parts, operators, start = [], set(), 0
    for found in _PART.finditer(text):
        before = text[: found.start()]
        if before.count("(") == before.count(")") and before.count('"') % 2 == 0:
            parts.append(text[start : found.start()])
            operators.add(found[1].lower())
            start = found.end()
    return [*parts, text[start:]], operators


def _condition(text: str, place: Place, mesh: Mesh) -> Query | None:
    name = text.lower().strip('"')
    year = _YEAR.fullmatch(text)
    if year is not None:
        return years_of(year[2], place)
    if name == "abstracts":
        return AllRecords(with_abstract=True, place=place)
    if name in _AGES:
        return any_of([_heading(h, place, name in _EXPLODED_AGES) for h in _AGES[name]])
    if name in _HEADINGS:
        return _heading(_HEADINGS[name], place, name == "animals")
    language = name.removesuffix(" language")
    if is_language(language):
        return Term((language,), (Field.LANGUAGE,), place=place)
    kind = _TYPES.get(name, name)
    found = mesh.descriptor(kind) if "(" not in kind and "=" not in kind else None
    if found is not None and any(number.startswith("V") for number in found.tree_numbers):
        return Term(ovid_words(kind, place), (Field.PUBLICATION_TYPE,), place=place)
    return None


def _heading(name: str, place: Place, exploded: bool) -> MeshHeading:
    return MeshHeading(name, exploded, descriptor=name, place=place)
