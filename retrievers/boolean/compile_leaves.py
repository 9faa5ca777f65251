"""Terms, headings and dates as queries of Tantivy over the exact fields (indexers.exact_fields).

Major topics and subheadings are looked for only in records whose source tells them
(`Record.mesh_headings`); such a search never falls back to the heading alone, which would find
what was not asked for. A notice says how to read it when other records of the store have
headings without stars and subheadings, or when no record has any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from indexers.exact_fields import (
    LACKS_HEADINGS,
    TELLS_CHEMICALS,
    TELLS_HEADINGS,
    TITLE_ABSTRACT,
    YEAR_FIELD,
    language_code,
    subheading_words,
)
from indexers.mesh import Mesh, plain_words
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.nearness import patterns
from retrievers.boolean.qualifiers import subheading_name, with_narrower
from retrievers.boolean.tree import DateRange, Field, MeshHeading, Near, Term, nodes
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
    Field.SUBHEADING: "words_subheadings",
    Field.SUBSTANCE: "words_chemicals",
    Field.REGISTRY_NUMBER: "words_chemicals",
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
    Field.SUBHEADING: "name_subheading",
    Field.SUBSTANCE: "name_chemical",
    Field.REGISTRY_NUMBER: "name_chemical",
}
_FEW_NAMES = 128  # a set of names reads all their postings; single terms can be skipped through
# By major topic, by subheading.
HEADINGS = {
    (False, False): "name_mesh",
    (True, False): "name_major_topic",
    (False, True): "name_heading_subheading",
    (True, True): "name_major_subheading",
}
_SUBSTANCES = (Field.SUBSTANCE, Field.REGISTRY_NUMBER)
_ISSN = re.compile(r"\d{4} \d{3}[\dx]")
_AUTHORS = (Field.AUTHOR, Field.FIRST_AUTHOR, Field.LAST_AUTHOR)
# Abbreviations of journals (ISO 4) that are no beginnings of their words.
_CONTRACTED = {"natl": "nat(?:iona)?l", "dtsch": "d(?:eu)?tsch"}
_SMALL_WORDS = "(?:(?:the|of|and|in|for|on|a|an|de|la|et) )*"


def names_regex(term: Term, field: Field) -> str:
    """A regular expression for the whole names that a term stands for.

    Authors: `smith` has any given name; `smith j` also more initials and full names, unless it is
    quoted. Journals: several words may be beginnings of the name's, as in `n engl j med`; PubMed
    takes abbreviation and full name alike, in quotation marks or not.
    """
    text = " ".join(word_regex(word) for word in term.words)
    if field in _AUTHORS and not term.quoted:
        return f"{text}.*" if len(term.words) > 1 else f"{text}( .*)?"
    if field is Field.JOURNAL and len(term.words) > 1:
        starts = [f"{_CONTRACTED.get(word, word)}[^ ]*" for word in text.split()]
        return _SMALL_WORDS + f" {_SMALL_WORDS}".join(starts)
    if field is Field.JOURNAL:
        return f"(?:the )?{text}"
    if field is Field.LANGUAGE:
        return language_code(term.text)
    return text


class Leaves:
    """Compiles what has no operands. Each method gives queries of which a record matches any.

    Args:
        schema: The index's schema; it has the exact fields.
        mesh: Explodes headings.
        told: How many records tell what (`name_told`).

    Attributes:
        notices: What the store does not tell.
    """

    def __init__(self, schema: tantivy.Schema, mesh: Mesh, told: Mapping[str, int]) -> None:
        self._schema = schema
        self._mesh = mesh
        self._told = told
        self.notices: list[QueryNotice] = []

    def _note(self, place: Place, message: str) -> None:
        self.notices.append(QueryNotice(place, message))

    def term(self, term: Term) -> list[tantivy.Query]:
        """A term in its fields."""
        if any(field in TEXTS for field in term.fields):
            names = [WORDS[field] for field in term.fields if field in WORDS]
            if set(TITLE_ABSTRACT) <= set(names):
                kept = [name for name in names if name not in TITLE_ABSTRACT]
                names = ["words_title_abstract", *kept]
            return [self._phrase(name, tuple(enumerate(term.words))) for name in names]
        parts: list[tantivy.Query] = []
        for field in term.fields:
            if field not in NAMES:
                self._note(term.place, f"the store keeps no {field}; nothing is found there")
            elif term.exploded and field is Field.PUBLICATION_TYPE:
                parts += self._types(term)
            elif field is Field.SUBHEADING:
                parts += self._subheadings(term)
            elif field in _SUBSTANCES:
                parts.append(self._substances(term, field))
            else:
                if field is Field.JOURNAL:
                    self._note_journal(term)
                parts.append(self._matching(NAMES[field], names_regex(term, field)))
        return parts

    def _note_journal(self, term: Term) -> None:
        """Say what of a journal the store cannot know: its abbreviation and ISSN."""
        if _ISSN.fullmatch(term.text):
            self._note(term.place, "the store keeps no ISSN; name the journal")
        elif len(term.words) > 1:
            self._note(
                term.place,
                "the store keeps one name of each journal; the words of this one are looked for "
                "as beginnings of its words, so that abbreviations find most full names",
            )

    def _types(self, term: Term) -> list[tantivy.Query]:
        """A publication type with all narrower ones, as PubMed explodes [pt]."""
        found = self._mesh.descriptor(term.text)
        exact = self._matching("name_publication_type", names_regex(term, Field.PUBLICATION_TYPE))
        if found is None:
            return [exact]
        names = [plain_words(name) for name in self._mesh.exploded(found)]
        return [exact, *self._names("name_publication_type", names)]

    def _subheadings(self, term: Term) -> list[tantivy.Query]:
        """A subheading of any heading, by name or code; [sh] and .xs. with narrower ones."""
        self._note_headings(term.place)
        if any(has_wildcard(word) for word in term.words):
            return [self._matching("name_subheading", names_regex(term, Field.SUBHEADING))]
        name = subheading_name(term.text) or term.text
        names = with_narrower([name]) if term.exploded else (name,)
        return self._names("name_subheading", [subheading_words(name) for name in names])

    def _substances(self, term: Term, field: Field) -> tantivy.Query:
        """Words of a substance's name, as Ovid's .nm.; in quotation marks, the whole name."""
        if field is Field.REGISTRY_NUMBER:
            self._note(
                term.place, "the store keeps names of substances, not their registry numbers"
            )
        if not self._told.get(TELLS_CHEMICALS):
            self._note(term.place, "no record of the store tells its substances; 0 says nothing")
        if term.quoted:
            return self._matching("name_chemical", names_regex(term, field))
        return self._phrase("words_chemicals", tuple(enumerate(term.words)))

    def _note_headings(self, place: Place) -> None:
        """Say which records a search for major topics or subheadings cannot find."""
        if not self._told.get(TELLS_HEADINGS):
            self._note(
                place,
                "no record of the store tells major topics and subheadings; 0 says nothing, "
                "search the heading without them",
            )
        elif lacking := self._told.get(LACKS_HEADINGS):
            self._note(
                place,
                f"{lacking:,} records have headings but do not tell major topics and subheadings; "
                "they are not found here",
            )

    def _names(self, field: str, names: list[str]) -> list[tantivy.Query]:
        from tantivy import Query as Compiled

        distinct = list(dict.fromkeys(names))
        if len(distinct) > _FEW_NAMES:
            return [Compiled.term_set_query(self._schema, field, distinct)]
        return [
            Compiled.term_query(self._schema, field, name, index_option="basic")
            for name in distinct
        ]

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

    def near(self, near: Near) -> list[tantivy.Query]:
        """Words near one another, in each field."""
        fields = next(node.fields for node, _ in nodes(near) if isinstance(node, Term))
        names = [WORDS[field] for field in fields if field in WORDS]
        if not names:
            self._note(near.place, f"the store keeps no {fields[0]}; nothing is found there")
        found = patterns(near)
        return [self._phrase(name, p.words) for name in names for p in found]

    def any_abstract(self) -> tantivy.Query:
        """Records with a word in their abstract."""
        return self._phrase(WORDS[Field.ABSTRACT], ((0, "*"),))

    def heading(self, heading: MeshHeading) -> list[tantivy.Query]:
        """A MeSH heading with those below it, as a major topic or with subheadings if asked."""
        field = HEADINGS[heading.major, bool(heading.subheadings)]
        if field != "name_mesh":
            self._note_headings(heading.place)
        subheadings = heading.subheadings
        if heading.exploded_subheadings:
            subheadings = with_narrower(subheadings)
        behind = [f"/{subheading_words(name)}" for name in subheadings] or [""]
        if heading.heading.endswith("*"):
            start = re.sub(r"[^\w ]", " ", heading.heading[:-1])
            return [self._matching(field, f"{start}[^/]*{end}") for end in behind]
        found = self._mesh.descriptor(heading.descriptor or heading.heading)
        if found is None:
            names = [heading.heading]
        else:
            names = self._mesh.exploded(found) if heading.exploded else [found.name]
        plain = [plain_words(name) for name in names]
        parts = self._names(field, [name + end for name in plain for end in behind])
        if field == "name_mesh" and found and any(n.startswith("V") for n in found.tree_numbers):
            parts += self._names("name_publication_type", plain)
        return parts

    def dates(self, dates: DateRange) -> tantivy.Query:
        """A range of years.

        Raises:
            QueryError: The store keeps no date of that kind.
        """
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
