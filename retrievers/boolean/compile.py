"""A tree as a query of Tantivy over the exact fields of a store (indexers.exact_fields)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from indexers.exact_fields import YEAR_FIELD, language_code
from indexers.mesh import Mesh, plain_words
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.nearness import patterns
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
    Term,
    nodes,
)
from retrievers.boolean.words import has_wildcard, word_regex

if TYPE_CHECKING:
    import tantivy

TEXTS = {
    Field.TITLE: "words_title",
    Field.ABSTRACT: "words_abstract",
    Field.KEYWORDS: "words_keywords",
    Field.MESH_WORDS: "words_mesh",
}
WORDS = TEXTS | {
    Field.PUBLICATION_TYPE: "words_publication_types",
    Field.JOURNAL: "words_journal",
    Field.AUTHOR: "words_authors",
}
NAMES = {
    Field.PUBLICATION_TYPE: "name_publication_type",
    Field.JOURNAL: "name_journal",
    Field.AUTHOR: "name_author",
    Field.FIRST_AUTHOR: "name_first_author",
    Field.LAST_AUTHOR: "name_last_author",
    Field.LANGUAGE: "name_language",
    Field.PMID: "name_pmid",
    Field.PMCID: "name_pmcid",
    Field.DOI: "name_doi",
}
_AUTHORS = (Field.AUTHOR, Field.FIRST_AUTHOR, Field.LAST_AUTHOR)
_SMALL_WORDS = "(?:(?:the|of|and|in|for|on|a|an|de|la|et) )*"


def names_regex(term: Term, field: Field) -> str:
    """A regular expression for the whole names that a term stands for.

    Authors: `smith` has any given name; `smith j` also more initials and full names, unless it is
    quoted. Journals: several words may be abbreviations of the title's, as in `n engl j med`.
    """
    text = " ".join(word_regex(word) for word in term.words)
    if field in _AUTHORS and not term.quoted:
        return f"{text}.*" if len(term.words) > 1 else f"{text}( .*)?"
    if field is Field.JOURNAL and len(term.words) > 1 and not term.quoted:
        return _SMALL_WORDS + f" {_SMALL_WORDS}".join(f"{w}[^ ]*" for w in text.split())
    if field is Field.LANGUAGE:
        return language_code(term.text)
    return text


class Compiler:
    """Compiles the lines of one strategy.

    Args:
        schema: The index's schema; it has the exact fields.
        mesh: Explodes headings.
        lines: The strategy's lines.

    Attributes:
        notices: What the store cannot tell apart.
    """

    def __init__(self, schema: tantivy.Schema, mesh: Mesh, lines: tuple[Line, ...]) -> None:
        self._schema = schema
        self._mesh = mesh
        self._lines = {line.number: line.query for line in lines}
        self._compiled: dict[int, tantivy.Query] = {}
        self.notices: list[QueryNotice] = []

    def line(self, number: int) -> tantivy.Query:
        """The query of a line; each line is compiled once."""
        if number not in self._compiled:
            self._compiled[number] = self.query(self._lines[number])
        return self._compiled[number]

    def query(self, query: Query) -> tantivy.Query:
        """The query of a tree.

        Raises:
            QueryError: The index cannot answer it.
        """
        from tantivy import Occur
        from tantivy import Query as Compiled

        match query:
            case And(operands):
                return Compiled.boolean_query([(Occur.Must, self.query(q)) for q in operands])
            case Or(operands):
                return self._any([self.query(operand) for operand in operands])
            case Not(included, excluded):
                return Compiled.boolean_query(
                    [(Occur.Must, self.query(included)), (Occur.MustNot, self.query(excluded))]
                )
            case AutomaticTerm():
                return self.query(query.query)
            case LineReference(number):
                return self.line(number)
            case AllRecords():
                return Compiled.all_query()
            case DateRange():
                return self._dates(query)
            case MeshHeading():
                return self._heading(query)
            case Near():
                return self._near(query)
            case Term():
                return self._term(query)

    def _any(self, queries: list[tantivy.Query]) -> tantivy.Query:
        from tantivy import Occur
        from tantivy import Query as Compiled

        if not queries:
            return Compiled.empty_query()
        if len(queries) == 1:
            return queries[0]
        return Compiled.boolean_query([(Occur.Should, query) for query in queries])

    def _note(self, place: Place, message: str) -> None:
        self.notices.append(QueryNotice(place, message))

    def _term(self, term: Term) -> tantivy.Query:
        if any(field in TEXTS for field in term.fields):
            names = [WORDS[field] for field in term.fields if field in WORDS]
            return self._any([self._phrase(name, tuple(enumerate(term.words))) for name in names])
        parts = []
        for field in term.fields:
            if field not in NAMES:
                self._note(term.place, f"the store keeps no {field}; nothing is found there")
            elif term.exploded and field is Field.PUBLICATION_TYPE:
                parts.append(self._types(term))
            else:
                parts.append(self._matching(NAMES[field], names_regex(term, field)))
        return self._any(parts)

    def _types(self, term: Term) -> tantivy.Query:
        """A publication type with all narrower ones, as PubMed explodes [pt]."""
        from tantivy import Query as Compiled

        found = self._mesh.descriptor(term.text)
        exact = self._matching("name_publication_type", names_regex(term, Field.PUBLICATION_TYPE))
        if found is None:
            return exact
        names = [plain_words(name) for name in self._mesh.exploded(found)]
        narrower = Compiled.term_set_query(self._schema, "name_publication_type", names)
        return self._any([exact, narrower])

    def _matching(self, name: str, pattern: str) -> tantivy.Query:
        from tantivy import Query as Compiled

        if re.fullmatch(r"[\w ]*", pattern):
            return Compiled.term_query(self._schema, name, pattern, index_option="basic")
        return Compiled.regex_query(self._schema, name, pattern)

    def _phrase(self, name: str, words: tuple[tuple[int, str], ...]) -> tantivy.Query:
        from tantivy import Query as Compiled

        wild = any(has_wildcard(word) for _, word in words)
        if len(words) == 1:
            word = words[0][1]
            if wild:
                return Compiled.regex_query(self._schema, name, word_regex(word))
            return Compiled.term_query(self._schema, name, word)
        if wild:
            regexes: list[str | tuple[int, str]] = [(at, word_regex(word)) for at, word in words]
            return Compiled.regex_phrase_query(self._schema, name, regexes)
        return Compiled.phrase_query(self._schema, name, list(words))

    def _near(self, near: Near) -> tantivy.Query:
        fields = next(node.fields for node, _ in nodes(near) if isinstance(node, Term))
        names = [WORDS[field] for field in fields if field in WORDS]
        if not names:
            self._note(near.place, f"the store keeps no {fields[0]}; nothing is found there")
        found = patterns(near)
        return self._any([self._phrase(name, p.words) for name in names for p in found])

    def _heading(self, heading: MeshHeading) -> tantivy.Query:
        from tantivy import Query as Compiled

        if heading.major:
            self._note(heading.place, "the store keeps no major topics; searched as any topic")
        if heading.subheadings:
            self._note(heading.place, "the store keeps no subheadings; searched without them")
        if heading.heading.endswith("*"):
            start = heading.heading[:-1]
            return self._matching("name_mesh", re.sub(r"[^\w ]", " ", start) + ".*")
        found = self._mesh.descriptor(heading.descriptor or heading.heading)
        if found is None:
            return self._matching("name_mesh", plain_words(heading.heading))
        names = self._mesh.exploded(found) if heading.exploded else [found.name]
        plain = [plain_words(name) for name in names]
        parts = [Compiled.term_set_query(self._schema, "name_mesh", plain)]
        if any(number.startswith("V") for number in found.tree_numbers):
            parts.append(Compiled.term_set_query(self._schema, "name_publication_type", plain))
        return self._any(parts)

    def _dates(self, dates: DateRange) -> tantivy.Query:
        from tantivy import FieldType
        from tantivy import Query as Compiled

        if dates.kind != "publication":
            raise QueryError(
                dates.place, f"the store keeps no {dates.kind} date; use the publication date [dp]"
            )
        if any(date and len(date) > 4 for date in (dates.start, dates.end)):
            self._note(dates.place, "the store keeps years only; whole years are searched")
        return Compiled.range_query(
            self._schema,
            YEAR_FIELD,
            FieldType.Integer,
            lower_bound=int(dates.start[:4]) if dates.start else None,
            upper_bound=int(dates.end[:4]) if dates.end else None,
        )
