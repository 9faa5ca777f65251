"""A record read once for comparison, and how the fields of two records agree."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Literal

from evidence.deduplication.names import (
    Agreement,
    Authors,
    read_authors,
    same_first_author,
    same_journal,
    same_team,
)
from evidence.deduplication.normal_forms import folded, normalised_doi, normalised_number
from evidence.deduplication.titles import Title, TitleRelation, read_title, title_relation
from indexers.records import Record

AbstractRelation = Literal["same", "unclear", "different", "unknown"]

# By these types of publication, and these places, one report is another than its namesake.
_OTHER_REPORT = re.compile(
    r"conference|meeting|congress|abstract|erratum|correction|retraction of|preprint|protocol"
    r"|comment|expression of concern",
    re.IGNORECASE,
)
_OTHER_PLACE = re.compile(
    r"\b(?:conference|congress|meeting|symposium|abstracts?|medrxiv|biorxiv|arxiv|research square"
    r"|ssrn|preprints?)\b",
    re.IGNORECASE,
)
_SAME_ABSTRACT = 0.9
_OTHER_ABSTRACT = 0.5
_SHORTEST_ABSTRACT_WORDS = 15
_LONG_ABSTRACT_WORDS = 100
_HEADING = re.compile(
    r"^\W*(?:abstract\W+)?(?:background|introduction|objectives?|aims?|purpose|context|importance)"
    r"(?: and [a-z]+)?\W+"
)
_START_READ = 240
_START_LETTERS = 60
_YEARS_OF_ONE_REPORT = 1


@dataclass(frozen=True, slots=True)
class Citation:
    """A record, read once for comparison."""

    record: Record
    identifiers: dict[str, str]
    title: Title
    authors: Authors
    other_report: bool
    abstract_start: str


class Agreements:
    """How the fields of two records agree; each is compared when it is first asked for."""

    def __init__(self, one: Citation, other: Citation) -> None:
        self._one = one
        self._other = other
        self.years_apart: int | None = None
        if one.record.year is not None and other.record.year is not None:
            self.years_apart = abs(one.record.year - other.record.year)

    @cached_property
    def title(self) -> TitleRelation:
        """How the titles stand to each other."""
        return title_relation(self._one.title, self._other.title)

    @cached_property
    def team(self) -> bool:
        """Whether nearly all authors agree, two or more."""
        return same_team(self._one.authors, self._other.authors)

    @cached_property
    def author(self) -> Agreement:
        """Whether the first authors agree; a team in another order counts as agreement."""
        first = same_first_author(self._one.authors, self._other.authors)
        return "same" if first == "different" and self.team else first

    @cached_property
    def journal(self) -> Agreement:
        """Whether the journals agree."""
        return same_journal(self._one.record.journal, self._other.record.journal)

    @cached_property
    def abstract(self) -> AbstractRelation:
        """Whether the abstracts agree."""
        return same_abstract(self._one.record.abstract, self._other.record.abstract)

    @cached_property
    def long_abstract(self) -> bool:
        """Whether both abstracts are long: reports of one trial may share the first sentences."""
        abstracts = (self._one.record.abstract, self._other.record.abstract)
        return min(len(_word_pairs(abstract)) for abstract in abstracts) >= _LONG_ABSTRACT_WORDS

    @property
    def near_in_time(self) -> bool:
        """Whether both years are known and at most one apart: ahead of print and in print."""
        return self.years_apart is not None and self.years_apart <= _YEARS_OF_ONE_REPORT

    @property
    def far_in_time(self) -> bool:
        """Whether both years are known and further apart than one report's."""
        return self.years_apart is not None and self.years_apart > _YEARS_OF_ONE_REPORT


def read_citation(record: Record) -> Citation:
    """Read a record for comparison."""
    found = {
        "PMID": normalised_number(record.pmid),
        "PMCID": normalised_number(record.pmcid),
        "DOI": normalised_doi(record.doi) or "",
    }
    return Citation(
        record=record,
        identifiers={name: value for name, value in found.items() if value},
        title=read_title(record.title),
        authors=read_authors(record.authors),
        other_report=any(map(_OTHER_REPORT.search, record.publication_types))
        or bool(_OTHER_PLACE.search(record.journal or "")),
        abstract_start=abstract_start(record.abstract),
    )


def compare_identifiers(one: Citation, other: Citation) -> tuple[list[str], list[str]]:
    """The names of the identifiers that two records share, and of those that differ."""
    common = [name for name in one.identifiers if name in other.identifiers]
    shared = [name for name in common if one.identifiers[name] == other.identifiers[name]]
    return shared, [name for name in common if name not in shared]


def same_abstract(one: str, other: str) -> AbstractRelation:
    """Whether the shorter of two abstracts is in the longer, by its pairs of words.

    Truncation and headings leave most pairs as they are; another report by the same authors shares
    few. In another language nothing can be said.
    """
    pairs, others = sorted((_word_pairs(one), _word_pairs(other)), key=len)
    if len(pairs) < _SHORTEST_ABSTRACT_WORDS or _is_english(one) != _is_english(other):
        return "unknown"
    share = len(pairs & others) / len(pairs)
    if share >= _SAME_ABSTRACT:
        return "same"
    return "different" if share < _OTHER_ABSTRACT else "unclear"


@lru_cache(maxsize=8192)
def _word_pairs(abstract: str) -> frozenset[tuple[str, str]]:
    words = re.findall(r"[^\W\d_]+|\d+", folded(abstract))
    return frozenset(pairwise(words))


@lru_cache(maxsize=8192)
def _is_english(abstract: str) -> bool:
    words = re.findall(r"[a-z]+", abstract.lower())
    common = sum(word in ("the", "of", "and", "in", "to", "was", "were", "with") for word in words)
    return common * 12 >= len(words)


def abstract_start(abstract: str) -> str:
    """The first letters of an abstract, behind its first heading; empty if there are too few."""
    start = _HEADING.sub("", folded(abstract[:_START_READ]))
    letters = "".join(re.findall(r"[^\W_]+", start))[:_START_LETTERS]
    return letters if len(letters) == _START_LETTERS else ""
