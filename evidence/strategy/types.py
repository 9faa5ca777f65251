"""A search strategy as a person edits it: concepts of terms, their combination, filters, limits."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, field_validator, model_validator

from indexers.records import Frozen

Element = Literal["population", "intervention", "comparator", "outcome", "other"]
TermField = Literal["tiab", "ti", "tw", "mesh", "majr", "pt", "nm"]
MOST_TERMS = 2000
_PIECE = re.compile(r"\s*(\d+|AND|OR|NOT|[()])")
_NO_TEXT = re.compile(r'["\[\]\x00-\x1f]')


class StrategyTerm(Frozen):
    """A term of a concept.

    Attributes:
        text: Words without quotation marks; `*` at the end of a word stands for any ending.
        field: Where it is searched, as PubMed's tags name it; `mesh` is a MeSH heading.
        exploded: A MeSH heading with its narrower headings.
        source: Where the term comes from: `question`, `MeSH Hypertension entry term`,
            `drug list`, `record 123`.
    """

    text: str = Field(min_length=1, max_length=300)
    field: TermField = "tiab"
    exploded: bool = False
    source: str = ""

    @field_validator("text")
    @classmethod
    def _can_be_searched(cls, text: str) -> str:
        if _NO_TEXT.search(text) or not re.search(r"\w", text):
            raise ValueError(f"{text[:40]!r}: expected words without quotation marks or brackets")
        if re.search(r"\w\*\w", text):
            raise ValueError(f"{text[:40]!r}: expected * only at the end of a word")
        return text

    @model_validator(mode="after")
    def _only_headings_explode(self) -> StrategyTerm:
        if self.exploded and self.field not in ("mesh", "majr"):
            raise ValueError(f"{self.text[:40]!r}: only a MeSH heading can be exploded")
        return self


class Concept(Frozen):
    """One line of a strategy: terms joined by OR."""

    name: str = Field(min_length=1)
    element: Element = "other"
    terms: tuple[StrategyTerm, ...] = Field(min_length=1, max_length=MOST_TERMS)


class NamedFilter(Frozen):
    """A published filter, by its name and version in `evidence.strategy.filters`."""

    name: str = Field(min_length=1)
    version: str = Field(min_length=1)


class Limits(Frozen):
    """Years of publication, both included, and languages by their English names."""

    year_from: int | None = Field(default=None, ge=1000, le=3000)
    year_to: int | None = Field(default=None, ge=1000, le=3000)
    languages: tuple[str, ...] = ()

    @field_validator("languages")
    @classmethod
    def _are_names(cls, languages: tuple[str, ...]) -> tuple[str, ...]:
        for language in languages:
            if not re.fullmatch(r"[A-Za-z][A-Za-z ]+", language):
                raise ValueError(f"{language[:40]!r}: expected a language such as English")
        return languages

    @model_validator(mode="after")
    def _years_are_a_range(self) -> Limits:
        if self.year_from and self.year_to and self.year_from > self.year_to:
            raise ValueError(f"year_from {self.year_from} is after year_to {self.year_to}")
        return self


class Strategy(Frozen):
    """Concepts, how they are combined, filters and limits.

    Attributes:
        combination: Numbers of concepts (from 1) with AND, OR, NOT and brackets, as
            `(1 OR 2) AND 3`; empty joins all concepts by AND.
    """

    concepts: tuple[Concept, ...] = Field(min_length=1)
    combination: str = ""
    filters: tuple[NamedFilter, ...] = ()
    limits: Limits = Limits()

    @model_validator(mode="after")
    def _combination_fits(self) -> Strategy:
        if self.combination:
            check_combination(self.combination, len(self.concepts))
        return self

    @property
    def combined(self) -> str:
        """The combination, written out where none is given."""
        numbers = (str(n) for n in range(1, len(self.concepts) + 1))
        return self.combination or " AND ".join(numbers)


def check_combination(text: str, n_concepts: int) -> None:
    """Refuse a combination that cannot be read.

    Raises:
        ValueError: It holds something else than numbers of concepts, AND, OR, NOT and brackets,
            or not in an order that makes sense.
    """
    expected = f"expected numbers of concepts from 1 to {n_concepts} with AND, OR, NOT, brackets"
    at, depth, wants_operand = 0, 0, True
    while at < len(text.rstrip()):
        found = _PIECE.match(text, at)
        if found is None:
            raise ValueError(f"combination {text[:60]!r}: {expected}")
        piece = found[1]
        at = found.end()
        opens = piece.isdigit() or piece == "("
        if opens != wants_operand:
            raise ValueError(f"combination {text[:60]!r}: {piece} stands at a wrong place")
        if piece.isdigit() and not 1 <= int(piece) <= n_concepts:
            raise ValueError(f"combination {text[:60]!r}: there is no concept {piece}; {expected}")
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if depth < 0:
            raise ValueError(f"combination {text[:60]!r}: ) closes nothing")
        wants_operand = piece in ("(", "AND", "OR", "NOT")
    if depth or wants_operand:
        raise ValueError(f"combination {text[:60]!r}: it ends too early; {expected}")
