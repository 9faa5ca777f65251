"""Terms, headings and dates as queries of Tantivy over the exact fields (indexers.exact_fields).

Major topics and subheadings are looked for only in records whose source tells them
(`Record.mesh_headings`); such a search never falls back to the heading alone, which would find
what was not asked for. A notice says how to read it when other records of the store have
headings without stars and subheadings, or when no record has any.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from indexers.exact_fields import (
    LACKS_HEADINGS,
    TELLS_CHEMICALS,
    TELLS_HEADINGS,
    TITLE_ABSTRACT,
    YEAR_FIELD,
    subheading_words,
)
from indexers.mesh import Mesh, plain_words
from retrievers.boolean.dates import cuts_a_year
from retrievers.boolean.errors import Place, QueryError, QueryNotice
from retrievers.boolean.index_fields import HEADINGS, NAMES, TEXTS, WORDS, names_regex
from retrievers.boolean.nearness import patterns
from retrievers.boolean.qualifiers import subheading_name, with_narrower
from retrievers.boolean.tree import DateRange, Field, MeshHeading, Near, Term, nodes
from retrievers.boolean.words import has_wildcard, word_regex

if TYPE_CHECKING:
    import tantivy

_FEW_NAMES = 128  # a set of names reads all their postings; single terms can be skipped through
_TOLD_BY_SOURCE = (Field.PUBLICATION_TYPE, Field.LANGUAGE)  # by some sources, not by others
_SUBSTANCES = (Field.SUBSTANCE, Field.REGISTRY_NUMBER)
_ISSN = re.compile(r"\d{4} \d{3}[\dx]")


class Leaves:
    """Compiles what has no operands. Each method gives queries of which a record matches any.

    Args:
        schema: The index's schema; it has the exact fields.
        mesh: Explodes headings.
        told: How many records tell what (`name_told`).
        telling: How many records tell anything in a field of names.
        n_records: How many there are.

    Attributes:
        notices: What the store does not tell.
    """

    def __init__(
        self,
        schema: tantivy.Schema,
        mesh: Mesh,
        told: Mapping[str, int],
        telling: Callable[[Field], int],
        n_records: int,
    ) -> None:
        self._schema = schema
        self._mesh = mesh
        self._told = told
        self._telling = telling
        self._n_records = n_records
        self.notices: list[QueryNotice] = []

    def _note(self, place: Place, message: str) -> None:
        self.notices.append(QueryNotice(place, message))

    def _note_once(self, place: Place, message: str) -> None:
        """Say what holds for the whole strategy at the first place that it concerns."""
        if all(notice.message != message for notice in self.notices):
            self._note(place, message)

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
            if field in _TOLD_BY_SOURCE:
                self._note_untold(term.place, field)
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

    def _note_untold(self, place: Place, field: Field) -> None:
        """Say how many records a search in a field cannot find, for their sources tell nothing."""
        lacking = self._n_records - self._telling(field)
        if lacking == self._n_records:
            self._note_once(place, f"no record of the store tells its {field}; 0 says nothing")
        elif lacking:
            some = f"{lacking:,} of {self._n_records:,} records do not tell their {field}"
            self._note_once(place, f"{some}; they are not found here")

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
        elif not self._told.get(TELLS_HEADINGS) and not self._told.get(LACKS_HEADINGS):
            self._note_once(heading.place, "no record of the store has MeSH; 0 says nothing")
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
        if cuts_a_year(dates):
            self._note(dates.place, "the store keeps years only; whole years are searched")
        return Compiled.range_query(
            self._schema,
            YEAR_FIELD,
            FieldType.Integer,
            lower_bound=int(dates.start[:4]) if dates.start else None,
            upper_bound=int(dates.end[:4]) if dates.end else None,
        )
