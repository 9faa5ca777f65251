"""A tree as text in PubMed's syntax, which parses back to an equal tree.

What only Ovid can say is put in other words of the same meaning (`.ti,ab.` becomes [ti] OR [ab]),
or refused: wildcards inside words, `adj2` and wider outside [ti] and [tiab], an exploded heading
with a subheading that is not exploded.
"""

from __future__ import annotations

import re
from itertools import product

from retrievers.boolean.dates import EARLIEST, LATEST
from retrievers.boolean.errors import Place, QueryError
from retrievers.boolean.fields import DATE_NAMES, PUBMED_EXPLODED, PUBMED_NAMES, TITLE_ABSTRACT
from retrievers.boolean.qualifiers import NARROWER, with_narrower
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

_PLAIN_STAR = re.compile(r"[^*?#]+\*?")
_SYNTAX_WORD = re.compile(r"and|or|not")
_MOST_PHRASES = 200
_NEAR_TAGS = {TITLE_ABSTRACT: "tiab", (Field.TITLE,): "ti", (Field.AFFILIATION,): "ad"}


def to_pubmed(query: Query | SearchStrategy) -> str:
    """The query in PubMed's syntax.

    Raises:
        QueryError: PubMed's syntax has no words for it.
    """
    strategy = query if isinstance(query, SearchStrategy) else SearchStrategy((Line(1, query),))
    return numbered(strategy, _written, "#{}. ")


def _written(query: Query) -> str:
    match query:
        case And() | Or() | Not():
            return joined(query, _written, ("AND", "OR", "NOT"))
        case Term():
            return _term(query)
        case MeshHeading():
            return _heading(query)
        case AutomaticTerm(text):
            return text
        case Near():
            return _near(query)
        case DateRange(start, end, kind):
            tag = DATE_NAMES[kind]
            if start == end:
                return f"{start}[{tag}]"
            return f"{start or EARLIEST}:{end or LATEST}[{tag}]"
        case LineReference(number):
            return f"#{number}"
        case AllRecords(with_abstract):
            return "hasabstract" if with_abstract else "all[sb]"


def _term(term: Term) -> str:
    tag = PUBMED_NAMES.get(term.fields)
    if tag is None:
        unnamed = [field for field in term.fields if (field,) not in PUBMED_NAMES]
        if unnamed:
            raise QueryError(
                term.place, f"PubMed has no tag for {unnamed[0]} alone; [tw] comes nearest"
            )
        parts = [Term(term.words, (f,), term.quoted, False, term.place) for f in term.fields]
        return f"({' OR '.join(map(_term, parts))})"
    if term.fields in PUBMED_EXPLODED and not term.exploded:
        tag += ":noexp"
    return f"{_words(term.words, term.place, quoted=term.quoted)}[{tag}]"


def _words(words: tuple[str, ...], place: Place, *, quoted: bool) -> str:
    for word in words:
        if not _PLAIN_STAR.fullmatch(word):
            raise QueryError(
                place, f"{word}: PubMed has only * for any ending; write the words out"
            )
    return f'"{" ".join(words)}"' if quoted else term_text(words, _SYNTAX_WORD)


def _heading(heading: MeshHeading) -> str:
    tag = ("majr" if heading.major else "mh") + ("" if heading.exploded else ":noexp")
    names = heading.subheadings
    if heading.exploded_subheadings and not heading.exploded:
        names = with_narrower(names)
    wide = next((name for name in names if name in NARROWER), None)
    if wide and heading.exploded and not heading.exploded_subheadings:
        raise QueryError(
            heading.place,
            f"PubMed explodes {wide} together with the heading; explode neither, or write the "
            "narrower headings out",
        )
    texts = [f"{heading.heading}/{name}" for name in names] or [heading.heading]
    written = " OR ".join(f'"{text}"[{tag}]' for text in texts)
    return f"({written})" if len(texts) > 1 else written


def _near(near: Near) -> str:
    """Next to each other as phrases; further apart with [tiab:~N], where that is possible."""
    fields = _fields(near)
    choices = [_phrases(operand, near.place) for operand in near.operands]
    pairs = list(product(*choices))
    if len(pairs) > _MOST_PHRASES:
        raise QueryError(near.place, f"expected at most {_MOST_PHRASES} pairs of phrases")
    single = all(len(part) == 1 and "*" not in part[0] for pair in pairs for part in pair)
    if not near.ordered and single and fields in _NEAR_TAGS:
        tag = f"[{_NEAR_TAGS[fields]}:~{near.distance - 1}]"
        written = [f'"{" ".join(part[0] for part in pair)}"{tag}' for pair in pairs]
    elif near.distance == 1 and len(near.operands) == 2:
        orders = pairs if near.ordered else [*pairs, *((b, a) for a, b in pairs)]
        written = [_term(Term(a + b, fields, True, place=near.place)) for a, b in orders]
    else:
        raise QueryError(
            near.place,
            "PubMed has nearness for single words in [ti] and [tiab] only, in any order; "
            "write phrases or AND instead",
        )
    return f"({' OR '.join(written)})" if len(written) > 1 else written[0]


def _fields(query: Query) -> tuple[Field, ...]:
    while not isinstance(query, Term):
        query = query.operands[0] if isinstance(query, Near | Or) else Term((), ())
    return query.fields


def _phrases(query: Query, place: Place) -> list[tuple[str, ...]]:
    match query:
        case Term(words):
            return [words]
        case Or(operands):
            return [phrase for operand in operands for phrase in _phrases(operand, place)]
        case _:
            raise QueryError(place, "PubMed has no nearness of more than two operands")
