"""A strategy as lines: one a concept, then the combination, filters and limits, in PubMed's syntax.

The lines parse (`retrievers.boolean`), so that they run over a store as they stand.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from evidence.strategy.filters import published_filter
from evidence.strategy.types import Concept, Strategy, StrategyTerm
from indexers.mesh import Mesh
from retrievers.boolean.pubmed import parse_pubmed
from retrievers.boolean.tree import SearchStrategy

EARLIEST_YEAR, LATEST_YEAR = 1000, 3000
LineKind = Literal["concept", "combination", "filter", "limit", "result"]
_TAGS = {"mesh": "Mesh", "majr": "Majr"}
_REFERENCE = re.compile(r"\d+")


class StrategyLine(NamedTuple):
    """A numbered line; `name` is the concept's, the filter's or what the line is for."""

    number: int
    kind: LineKind
    name: str
    text: str


def strategy_lines(strategy: Strategy) -> tuple[StrategyLine, ...]:
    """The lines in the order they are run; the last one is what the strategy finds.

    Raises:
        SettingsError: A filter is not known.
    """
    lines = [
        StrategyLine(number, "concept", concept.name, concept_text(concept))
        for number, concept in enumerate(strategy.concepts, 1)
    ]
    result = 1

    def add(kind: LineKind, name: str, text: str) -> int:
        lines.append(StrategyLine(len(lines) + 1, kind, name, text))
        return len(lines)

    if len(strategy.concepts) > 1 or strategy.combination:
        combined = _REFERENCE.sub(r"#\g<0>", strategy.combined)
        result = add("combination", "concepts combined", combined)
    for named in strategy.filters:
        found = published_filter(named.name, named.version)
        number = add("filter", f"{named.name} {named.version}", found.pubmed_query)
        operator = "NOT" if found.excludes else "AND"
        result = add("combination", "with the filter", f"#{result} {operator} #{number}")
    limits = _limits(strategy)
    numbers = [add("limit", name, text) for name, text in limits]
    if numbers:
        joined = " AND ".join(f"#{number}" for number in (result, *numbers))
        add("result", "with the limits", joined)
    return tuple(lines)


def to_pubmed(strategy: Strategy) -> str:
    """The numbered lines in PubMed's syntax: `#1. hypertens*[tiab] OR …`.

    Raises:
        SettingsError: A filter is not known.
    """
    return "\n".join(f"#{line.number}. {line.text}" for line in strategy_lines(strategy))


def search_strategy(strategy: Strategy, mesh: Mesh | None = None) -> SearchStrategy:
    """The strategy as `BooleanRetriever` runs it.

    Raises:
        SettingsError: A filter is not known.
        QueryError: A term cannot be read.
    """
    return parse_pubmed(to_pubmed(strategy), mesh)


def concept_text(concept: Concept) -> str:
    """The terms of a concept joined by OR."""
    return " OR ".join(dict.fromkeys(term_text(term) for term in concept.terms))


def term_text(term: StrategyTerm) -> str:
    """A term with its tag: `"overactive bladder"[tiab]`, `"Asthma"[Mesh:NoExp]`."""
    tag = _TAGS.get(term.field, term.field)
    if term.field in _TAGS:
        return f'"{term.text}"[{tag}{"" if term.exploded else ":NoExp"}]'
    plain = re.fullmatch(r"\w+\*?", term.text) and term.text.upper() not in ("AND", "OR", "NOT")
    return f"{term.text}[{tag}]" if plain else f'"{term.text}"[{tag}]'


def _limits(strategy: Strategy) -> list[tuple[str, str]]:
    limits = strategy.limits
    found = []
    if limits.year_from or limits.year_to:
        start, end = limits.year_from or EARLIEST_YEAR, limits.year_to or LATEST_YEAR
        found.append(("years", f"{start}:{end}[dp]"))
    if limits.languages:
        found.append(("languages", " OR ".join(f"{name.lower()}[la]" for name in limits.languages)))
    return found
