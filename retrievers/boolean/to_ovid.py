"""A tree as text in Ovid MEDLINE's syntax, which parses back to an equal tree.

What only PubMed can say is put in other words of the same meaning (an automatic mapping is
written out), or refused.
"""

from __future__ import annotations

import re

from indexers.mesh import plain_words, shipped_mesh
from retrievers.boolean.dates import EARLIEST
from retrievers.boolean.errors import QueryError
from retrievers.boolean.fields import OVID_EXPLODED_SUBHEADING, OVID_NAMES, OVID_WHOLE
from retrievers.boolean.qualifiers import CODES, with_narrower
from retrievers.boolean.tree import (
    AllRecords,
    And,
    AutomaticTerm,
    DateRange,
    Field,
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
from retrievers.boolean.written import joined, numbered, term_text

_SAFE_HEADING = re.compile(r"(?!(?:exp|limit|remove)\b)\w[\w ,'+-]*", re.I)
_SYNTAX_WORD = re.compile(r"and|or|not|adj\d*|use|exp|limit|remove|line")
_OPERATOR_WORD = re.compile(r"\b(?:and|or|not|adj\d*)\b", re.I)


def to_ovid(query: Query | SearchStrategy) -> str:
    """The query in Ovid's syntax.

    Raises:
        QueryError: Ovid's syntax has no words for it.
    """
    strategy = query if isinstance(query, SearchStrategy) else SearchStrategy((Line(1, query),))
    return numbered(strategy, _written, "{}. ")


def _written(query: Query) -> str:
    match query:
        case And() | Or() | Not():
            return joined(query, _written, ("and", "or", "not"))
        case Term():
            return _term(query)
        case MeshHeading():
            return _heading(query)
        case AutomaticTerm():
            return f"({_written(query.query)})"
        case Near():
            return _near(query)
        case DateRange():
            return _dates(query)
        case LineReference(number):
            return str(number)
        case AllRecords():
            raise QueryError(
                query.place,
                "Ovid's syntax has no words for all records; see `limit N to abstracts`",
            )


def _term(term: Term) -> str:
    suffix = OVID_WHOLE.get(term.fields)
    if suffix is None:
        unnamed = [field for field in term.fields if field not in OVID_NAMES]
        if unnamed:
            raise QueryError(term.place, f"Ovid's syntax has no field for {unnamed[0]}")
        suffix = ",".join(OVID_NAMES[field] for field in term.fields)
    terms = [term.words]
    found = None
    if term.exploded and term.fields == (Field.SUBHEADING,):
        suffix = OVID_EXPLODED_SUBHEADING
    elif term.exploded:
        found = shipped_mesh().descriptor(term.text)
    if found is not None:
        names = [plain_words(name) for name in shipped_mesh().exploded(found)]
        terms = [tuple(name.split()) for name in dict.fromkeys([term.text, *names])]
    written = [_words(words, quoted=term.quoted) for words in terms]
    return f"({' or '.join(written)}).{suffix}." if len(written) > 1 else f"{written[0]}.{suffix}."


def _words(words: tuple[str, ...], *, quoted: bool) -> str:
    text = f'"{" ".join(words)}"' if quoted else term_text(words, _SYNTAX_WORD)
    return text.replace("*", "$")


def _heading(heading: MeshHeading) -> str:
    names = heading.subheadings
    codes = []
    for name in with_narrower(names) if heading.exploded_subheadings else names:
        if name not in CODES:
            raise QueryError(heading.place, f"{name[:40]!r} is no MeSH subheading with a code")
        codes.append(CODES[name])
    text = heading.heading
    plain = _SAFE_HEADING.fullmatch(text.rstrip("*")) and not (
        _OPERATOR_WORD.search(text) and not heading.descriptor
    )
    if text.endswith("*"):
        text = f"{text[:-1]}$"
    text = text if plain else f'"{text}"'
    prefix = ("exp " if heading.exploded else "") + ("*" if heading.major else "")
    return f"{prefix}{text}/{', '.join(codes)}"


def _near(near: Near) -> str:
    if len(near.operands) != 2 or (near.ordered and near.distance > 1):
        raise QueryError(near.place, "Ovid's adj joins two operands, in any order beyond adj")

    def operand(query: Query) -> str:
        text = _written(query)
        return f"({text})" if isinstance(query, Or) else text

    operator = "adj" if near.ordered else f"adj{near.distance}"
    return f"({operand(near.operands[0])} {operator} {operand(near.operands[1])})"


def _dates(dates: DateRange) -> str:
    if dates.kind != "publication":
        raise QueryError(dates.place, f"Ovid has no range of the {dates.kind} date here")
    years = all(date is None or len(date) == 4 for date in (dates.start, dates.end))
    suffix = "yr" if years else "dp"
    if dates.start == dates.end:
        return f"{dates.start}.{suffix}."
    return f"{dates.start or EARLIEST}:{dates.end or 'current'}.{suffix}."
