"""Words, phrases and headings of lost records, those that most of them share first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from evidence.query_debugger.common_words import CHECK_TAGS, PUBMED_STOPWORDS, WORDS_OF_REPORTS
from indexers.exact_fields import folded
from indexers.mesh import Mesh
from indexers.records import Record
from retrievers.boolean.fields import TITLE_ABSTRACT
from retrievers.boolean.tree import MeshHeading, Query, Term

LONGEST_PHRASE = 3  # words
_SHORTEST_WORD = 3
_IN_ABSTRACT_ALONE = 0.5
_SENTENCE_END = re.compile(r"[.;:!?()\[\]/,]+(?:\s|$)")
_WORD = re.compile(r"[^\W_]+")


class Candidate(NamedTuple):
    """A term, how many of the records have it, and how much it weighs in them."""

    term: Query
    n_records: int
    weight: float

    @property
    def prominence(self) -> float:
        """From one half, in abstracts alone, to 1, a heading or in the title of each record."""
        return self.weight / self.n_records


def candidates(records: Sequence[Record], mesh: Mesh) -> list[Candidate]:
    """The terms of the records, the heaviest first.

    A record adds 1 to a heading or keyword of its own and to a word of its title, and half to what
    stands in its abstract alone: what a study is about, its title names. Words of everyday reports
    and of the check tags of MEDLINE (`adults`) are left out.
    """
    carriers: dict[Query, list[float]] = {}
    for record in records:
        of_record: dict[Query, float] = {}
        for weight, term in _terms(record, mesh):
            of_record[term] = max(weight, of_record.get(term, 0.0))
        for term, weight in of_record.items():
            carriers.setdefault(term, []).append(weight)
    found = [
        Candidate(term, len(weights), sum(weights))
        for term, weights in carriers.items()
        if not _is_check_tag(term, mesh)
    ]
    return sorted(found, key=lambda c: (-c.weight, -_length(c.term)))


def _is_check_tag(term: Query, mesh: Mesh) -> bool:
    name = term.heading if isinstance(term, MeshHeading) else ""
    text = term.text if isinstance(term, Term) else name
    found = mesh.descriptor(text)
    return found is not None and found.name in CHECK_TAGS


def _length(term: Query) -> int:
    return len(term.words) if isinstance(term, Term) else 1


def _terms(record: Record, mesh: Mesh) -> Iterator[tuple[float, Query]]:
    for name in record.mesh:
        found = mesh.descriptor(name)
        yield 1.0, MeshHeading(name, descriptor=found.name if found else "")
    for text in (record.title, *record.keywords):
        yield from ((1.0, term) for term in _phrases(text))
    yield from ((_IN_ABSTRACT_ALONE, term) for term in _phrases(record.abstract))


def _phrases(text: str) -> Iterator[Term]:
    """Words and phrases within a sentence, without words that say nothing of a concept."""
    for sentence in _SENTENCE_END.split(folded(text)):
        words = _WORD.findall(sentence)
        for start in range(len(words)):
            for end in range(start + 1, min(start + LONGEST_PHRASE, len(words)) + 1):
                phrase = tuple(words[start:end])
                if all(map(_says_something, phrase)):
                    yield Term(phrase, TITLE_ABSTRACT, quoted=len(phrase) > 1)


def _says_something(word: str) -> bool:
    return (
        len(word) >= _SHORTEST_WORD
        and not word.isdigit()
        and word not in PUBMED_STOPWORDS
        and word not in WORDS_OF_REPORTS
    )
